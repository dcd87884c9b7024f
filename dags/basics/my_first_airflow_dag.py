"""A second DAG: one task, then two in parallel; templates, retries and callbacks."""

import logging
from datetime import timedelta
from typing import Any

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from support.alerts import notify

log = logging.getLogger(__name__)

# A template: Airflow evaluates {{ … }} when the task runs.
#
# ds, the date of a run, is a UTC date. 08:00 in Seoul is 23:00 in UTC, so ds is the day before! Use `today` instead.
# A run started without a logical date has no ds; the template falls back to the time it was started.
PRINT_DATES = """
{% set moment = logical_date | default(dag_run.run_after) %}
{% set today = moment.astimezone(dag.timezone) | ds %}
echo "ds is {{ ds | default(moment | ds) }}, in Seoul it is {{ today }}"
{% for i in range(5) %}
echo "{{ i }} weeks later: {{ macros.ds_add(today, 7 * i) }}"
{% endfor %}
"""


def log_success(context: Any) -> None:
    """Called after a task succeeds; the message goes to that task's log."""
    log.info("%s: 성공", context["ti"].task_id)


def log_failure(context: Any) -> None:
    """Called after a task fails with no retries left."""
    log.error("%s: 실패, %s", context["ti"].task_id, context["exception"])


with DAG(
    dag_id="my_first_airflow_dag",
    dag_display_name="나의 첫 에어플로 DAG",
    description="날짜를 출력한 뒤, 잠자는 태스크와 템플릿 태스크를 나란히 실행합니다.",
    doc_md="""
### 나의 첫 에어플로 DAG

`print_date`가 끝나면 `sleep`과 `templated`가 동시에 시작합니다.
`templated`의 로그에서 `ds`(UTC 날짜)와 서울 날짜를 비교해 보세요.
터미널에서: `mlopsctl trigger my_first_airflow_dag --unpause --wait`
""",
    # A run starts at this time, which is also its logical date. In Airflow 2, the logical date was the start of the
    # data interval, one day earlier. For a DAG that processes data intervals, see ml_pipeline.
    schedule="0 8 * * *",
    start_date=pendulum.datetime(2023, 6, 1, tz="Asia/Seoul"),
    catchup=False,
    # For every task. Callbacks here run in the task's own process; a DAG's callbacks run elsewhere, once per run.
    default_args={
        "owner": "mlops",
        "retries": 1,
        "retry_delay": timedelta(seconds=10),
        "on_success_callback": log_success,
        "on_failure_callback": log_failure,
    },
    tags=["basics"],
    **notify(),
) as dag:
    print_date = BashOperator(task_id="print_date", task_display_name="날짜 출력", bash_command="date")
    sleep = BashOperator(task_id="sleep", task_display_name="5초 쉬기", bash_command="sleep 5", retries=3)
    templated = BashOperator(task_id="templated", task_display_name="템플릿", bash_command=PRINT_DATES)

    print_date >> [sleep, templated]
