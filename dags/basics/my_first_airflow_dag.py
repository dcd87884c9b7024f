"""The second DAG: one task, then two side by side; templates, retries and callbacks."""

import logging
from datetime import timedelta
from typing import Any

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from support.alerts import notify

log = logging.getLogger(__name__)

# A template: Airflow fills in {{ … }} when the task runs.
#
# ds, the date of a run, is a date in UTC: at 08:00 in Seoul it is 23:00 in UTC, so ds is the day before! `today` is
# what was meant. A run that was started without a logical date has no ds: the moment of its start stands in for it.
LOOP = """
{% set moment = logical_date | default(dag_run.run_after) %}
{% set today = moment.astimezone(dag.timezone) | ds %}
echo "ds is {{ ds | default(moment | ds) }}, in Seoul it is {{ today }}"
{% for i in range(5) %}
echo "{{ i }} weeks later: {{ macros.ds_add(today, 7 * i) }}"
{% endfor %}
"""


def succeeded(context: Any) -> None:
    """Called after a task that succeeded; what it logs is in that task's log."""
    log.info("%s: 성공", context["ti"].task_id)


def failed(context: Any) -> None:
    """Called after a task that has failed for good: not when it will be tried again."""
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
    # A run starts at this time, and this time is its logical date. Airflow 2 gave it the date of the day before, "the
    # data interval" that was over then; a DAG that is about such data says so, as ml_pipeline does.
    schedule="0 8 * * *",
    start_date=pendulum.datetime(2023, 6, 1, tz="Asia/Seoul"),
    catchup=False,
    # For every task. Callbacks here run in the task's own process; those of the DAG run elsewhere, once per run.
    default_args={
        "owner": "mlops",
        "retries": 1,
        "retry_delay": timedelta(seconds=10),
        "on_success_callback": succeeded,
        "on_failure_callback": failed,
    },
    tags=["basics"],
    **notify(),
) as dag:
    print_date = BashOperator(task_id="print_date", task_display_name="날짜 출력", bash_command="date")
    sleep = BashOperator(task_id="sleep", task_display_name="5초 쉬기", bash_command="sleep 5", retries=3)
    templated = BashOperator(task_id="templated", task_display_name="템플릿", bash_command=LOOP)

    print_date >> [sleep, templated]
