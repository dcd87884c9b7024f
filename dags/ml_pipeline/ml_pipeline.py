"""preprocess → train → evaluate, the shape of most pipelines. Heavy imports happen in the tasks, not at parse time."""

import os
from pathlib import Path
from typing import Any

import pendulum
from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowSkipException
from support.alerts import notify
from support.days import START, base_dt_param, data_day, interval_schedule
from support.defaults import task_defaults

DOC = """
### 전처리 → 학습 → 평가

매일, 그날까지 **90일이 지나 연체 여부가 확정된** 대출 신청(13주)으로 모델을 학습하고 평가합니다.
확정된 신청이 없는 날은 실패가 아니라 건너뜁니다(skip).

태스크는 값 대신 파일 경로를 주고받고, 파일의 모양은 정해져 있습니다. 그래서 셋 중 하나만 바꿔 끼울 수 있습니다.

| 태스크 | 입력 | 출력 |
|---|---|---|
| `preprocess` | 데이터 기준일 | `dataset.csv`: 특성, `label`, `split` |
| `train` | `dataset.csv` | `model.joblib`: `predict_proba`가 있는 객체 |
| `evaluate` | `dataset.csv`, `model.joblib` | `metrics.json`: 이름과 숫자 |

파일은 `$MLOPSCTL_HOME/data/ml_pipeline/<날짜>/`에 있습니다.
"""
LABEL_DAYS = 90  # a default counts if it is registered within this many days of the application
WEEKS = 13  # of applications in a dataset


@task(task_display_name="전처리")
def preprocess(dag_run: Any = None, params: Any = None) -> str:
    """Write the dataset of the day; skip if no labels are complete yet."""
    from support import feature_store

    from ml_pipeline import steps

    day = pendulum.from_format(data_day(dag_run, params), "YYYYMMDD")
    last = day.subtract(days=LABEL_DAYS)
    first = last.subtract(weeks=WEEKS).add(days=1)
    bounds = {"day": day.format("YYYYMMDD"), "first": first.format("YYYYMMDD"), "last": last.format("YYYYMMDD")}
    applications = feature_store.fetch_frame(Path(__file__).parent / "sql" / "applications.sql", bounds)
    if applications.empty:
        days = f"--from {first.to_date_string()} --to {day.to_date_string()}"
        raise AirflowSkipException(
            f"There are no applications in {first.to_date_string()} … {last.to_date_string()}. To generate some: "
            f"`mlopsctl seed {days}`"
        )
    dataset = Path(os.environ["MLOPSCTL_HOME"], "data", "ml_pipeline", bounds["day"], "dataset.csv")
    steps.preprocess(applications, dataset)
    return str(dataset)


@task(task_display_name="학습")
def train(dataset: str) -> str:
    from ml_pipeline import steps

    model = Path(dataset).with_name("model.joblib")
    steps.train(Path(dataset), model)
    return str(model)


@task(task_display_name="평가")
def evaluate(dataset: str, model: str) -> dict[str, float]:
    from ml_pipeline import steps

    return steps.evaluate(Path(dataset), Path(model), Path(dataset).with_name("metrics.json"))


with DAG(
    dag_id="ml_pipeline",
    dag_display_name="전처리 → 학습 → 평가",
    description="입력과 출력이 정해진 세 태스크: 하나만 바꿔 끼울 수 있는 파이프라인",
    doc_md=DOC,
    schedule=interval_schedule("@daily"),
    start_date=START,
    catchup=False,
    params=base_dt_param(),
    default_args=task_defaults(retries=2),
    tags=["mlops", "model"],
    **notify(),
) as dag:
    data = preprocess()
    evaluate(data, train(data))
