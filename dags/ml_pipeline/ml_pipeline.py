"""preprocess → train → evaluate, the shape of most pipelines. Heavy imports happen in the tasks, not at parse time."""

from pathlib import Path
from typing import Any

import pendulum
from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowSkipException
from support.alerts import notify
from support.commands import mlopsctl_command
from support.days import START, base_dt_param, data_day, interval_schedule
from support.defaults import task_defaults
from support.files import near_files, shared_folder, to_path

DOC = """
### 전처리 → 학습 → 평가

매일, 그날까지 **90일이 지나 연체 여부가 확정된** 대출 신청(13주)으로 모델을 학습하고 평가합니다.
확정된 신청이 없거나, 그날까지의 데이터가 아직 없거나, 학습할 신청이 모두 연체이거나 모두 정상인 날은 실패가 아니라
이유를 남기고 건너뜁니다(skip).

태스크는 값 대신 파일 경로를 주고받고, 파일의 모양은 정해져 있습니다. 그래서 셋 중 하나만 바꿔 끼울 수 있습니다.

| 태스크 | 입력 | 출력 |
|---|---|---|
| `preprocess` | 데이터 기준일 | `dataset.csv`: 특성, `label`, `split` |
| `train` | `dataset.csv` | `model.joblib`: `predict_proba`가 있는 객체 |
| `evaluate` | `dataset.csv`, `model.joblib` | `metrics.json`: 이름과 숫자, 정의되지 않는 값은 null |

파일은 저장소(`setup --storage`, 없으면 `$MLOPSCTL_HOME`)의 `data/ml_pipeline/<날짜>/`에 있습니다.
"""
LABEL_DAYS = 90  # a default counts if it is registered within this many days of the application
WEEKS = 13  # of applications in a dataset
SQL = Path(__file__).parent / "sql"


@task(task_display_name="전처리", **near_files())
def preprocess(dag_run: Any = None, params: Any = None) -> str:
    """Write the dataset of the day; skip if its labels are not known yet, or if no model can be trained on them."""
    from support import feature_store

    from ml_pipeline import steps

    day = pendulum.from_format(data_day(dag_run, params), "YYYYMMDD").date()
    last = day.subtract(days=LABEL_DAYS)
    first = last.subtract(weeks=WEEKS).add(days=1)
    bounds = {"day": day.format("YYYYMMDD"), "first": first.format("YYYYMMDD"), "last": last.format("YYYYMMDD")}
    latest = feature_store.fetch_value(SQL / "latest_day.sql")
    if not latest or latest < bounds["day"]:
        end = f"The data end on {pendulum.from_format(latest, 'YYYYMMDD').date()}" if latest else "There are no data"
        raise AirflowSkipException(
            f"{end}, so the outcomes as of {day} are not known. {suggest_data(first, last, day)}"
        )
    applications = feature_store.fetch_frame(SQL / "applications.sql", bounds)
    if applications.empty:
        raise AirflowSkipException(f"There are no applications in {first} … {last}. {suggest_data(first, last, day)}")
    dataset = shared_folder("data", "ml_pipeline", bounds["day"]) / "dataset.csv"
    try:
        steps.preprocess(applications, dataset)
    except steps.NotEnoughLabels as e:
        raise AirflowSkipException(f"The applications in {first} … {last} are not enough. {e}") from None
    return str(dataset)


def suggest_data(first: Any, last: Any, day: Any) -> str:
    """The command that generates the applications `first` … `last` with their outcomes as of `day`, as a sentence."""
    start = START.date()
    if last < start:
        return f"The exam data begin on {start}, so the first day with known outcomes is {start.add(days=LABEL_DAYS)}."
    return f"To generate exam data: `{mlopsctl_command(f'seed --from {max(first, start)} --to {day}')}`"


@task(task_display_name="학습", **near_files())
def train(dataset: str) -> str:
    from ml_pipeline import steps

    model = to_path(dataset).with_name("model.joblib")
    steps.train(to_path(dataset), model)
    return str(model)


@task(task_display_name="평가", **near_files())
def evaluate(dataset: str, model: str) -> dict[str, float | None]:
    from ml_pipeline import steps

    return steps.evaluate(to_path(dataset), to_path(model), to_path(dataset).with_name("metrics.json"))


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
