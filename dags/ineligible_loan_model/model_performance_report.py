"""Weekly report: compares predictions with their outcomes after 90 days, and measures the drift of the features."""

import logging
from typing import Any

from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowSkipException
from support.alerts import notify
from support.days import START, base_dt_param, interval_schedule, monday_after_week
from support.defaults import task_defaults
from support.files import near_files

MODEL = "ineligible_loan_model"
log = logging.getLogger(__name__)

DOC = """
### 모델 성능 보고서 (매주 월요일 06:00)

신청 후 90일이 지나 결과를 알게 된 예측을 주별로 실제와 비교하고, 최근 4주의 특성이 학습 데이터에서
얼마나 멀어졌는지(PSI) 잽니다.

- 페이지: 저장소(`setup --storage`, 없으면 `$MLOPSCTL_HOME`)의
  `models/ineligible_loan_model/reports/<YYYYMMDD>.html` (네트워크 없이 열립니다)
- 숫자: `mlops_meta.model_api_log`, `log_type = 'report'`
- 결과를 아는 예측이 없으면 이유를 남기고 건너뜁니다.
"""


@task(task_display_name="측정")
def measure(day: str) -> dict[str, Any]:
    """Return the content of the report as of `day`, or of the day after the last one with data if that is earlier."""
    from ineligible_loan_model.models import datasets, performance_report
    from ineligible_loan_model.models.training_window import next_day

    latest = datasets.latest_day(day)
    as_of = min(day, next_day(latest)) if latest else day
    report = performance_report.measure(MODEL, as_of)
    if report is None:
        raise AirflowSkipException(
            f"Nothing to report on {as_of}: there is no champion, or no prediction is more than 90 days old."
        )
    return report


@task(task_display_name="페이지와 기록", do_xcom_push=False, **near_files())
def publish(report: dict[str, Any]) -> None:
    """Write the page and the log row."""
    from ineligible_loan_model.models import performance_report

    log.info("%s", performance_report.write(MODEL, report))


with DAG(
    dag_id="model_performance_report",
    dag_display_name="모델 성능 보고서",
    description="예측과 실제를 주별로 비교하고, 특성의 변화를 봅니다",
    doc_md=DOC,
    schedule=interval_schedule("0 6 * * 1"),
    start_date=START,
    catchup=False,
    tags=["mlops", "loan", "monitoring"],
    params=base_dt_param(
        "보고 기준일", "이날 전까지 등록된 연체만 압니다. 비워 두면 실행(run)의 주가 끝난 월요일입니다."
    ),
    user_defined_macros={"report_day": monday_after_week},
    default_args=task_defaults(),
    **notify(),
) as dag:
    publish(measure("{{ report_day(dag_run, params) }}"))
