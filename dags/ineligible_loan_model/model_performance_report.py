"""Every week: what became of the predictions whose labels have ripened, and whether the applications have changed."""

import logging
from collections.abc import Mapping
from typing import Any

import pendulum
from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowSkipException
from support.alerts import notify
from support.days import START, TIMEZONE, data_day, day_param, intervals
from support.defaults import defaults

MODEL = "ineligible_loan_model"
log = logging.getLogger(__name__)

DOC = """
### 모델 성능 보고서 (매주 월요일 06:00)

신청 후 90일이 지나 결과를 알게 된 예측을 주별로 실제와 비교하고, 최근 4주의 특성이 학습 데이터에서
얼마나 멀어졌는지(PSI) 잽니다.

- 페이지: `$MLOPSCTL_HOME/models/ineligible_loan_model/reports/<YYYYMMDD>.html` (네트워크 없이 열립니다)
- 숫자: `mlops_meta.model_api_log`, `log_type = 'report'`
- 결과를 아는 예측이 없으면 이유를 남기고 건너뜁니다.
"""


def asked(dag_run: Any, params: Mapping[str, Any]) -> str:
    """The day of the report, YYYYMMDD: `base_dt` of the form, else the Monday after the run's week; at the latest
    today, for what will be registered later is not known."""
    today = str(pendulum.today(TIMEZONE).format("YYYYMMDD"))
    if named := params.get("base_dt"):
        return min(str(named), today)
    day = pendulum.from_format(data_day(dag_run), "YYYYMMDD")
    return min(str(day.next(pendulum.MONDAY).format("YYYYMMDD")), today)


@task(task_display_name="측정")
def measure(day: str) -> dict[str, Any]:
    """The numbers, as of `day` or of the end of the data, if they end before it."""
    from ineligible_loan_model.models import data, report
    from ineligible_loan_model.models.window import after

    newest = data.newest_day(day)
    as_of = min(day, after(newest)) if newest else day
    numbers = report.measure(MODEL, as_of)
    if numbers is None:
        raise AirflowSkipException(
            f"On {as_of} there is no prediction whose 90 days are over, or no champion: nothing to report."
        )
    return numbers


@task(task_display_name="페이지와 기록", do_xcom_push=False)
def publish(numbers: dict[str, Any]) -> None:
    """The page and the log row."""
    from ineligible_loan_model.models import report

    log.info("%s", report.publish(MODEL, numbers))


with DAG(
    dag_id="model_performance_report",
    dag_display_name="모델 성능 보고서",
    description="예측과 실제를 주별로 비교하고, 특성의 변화를 봅니다",
    doc_md=DOC,
    schedule=intervals("0 6 * * 1"),
    start_date=START,
    catchup=False,
    tags=["mlops", "loan", "monitoring"],
    params=day_param("보고 기준일", "이날 전까지 등록된 연체만 압니다. 비워 두면 실행(run)의 주가 끝난 월요일입니다."),
    user_defined_macros={"asked": asked},
    default_args=defaults(),
    **notify(),
) as dag:
    publish(measure("{{ asked(dag_run, params) }}"))
