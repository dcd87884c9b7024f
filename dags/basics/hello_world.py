"""A first DAG: two tasks, one after the other, every morning at six."""

import logging
from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task
from support.alerts import notify

with DAG(
    dag_id="hello_world",
    dag_display_name="첫 번째 DAG",
    description="배시 태스크 하나와 파이썬 태스크 하나를 차례로 실행합니다.",
    doc_md="""
### 첫 번째 DAG

`say_hello`가 끝나면 `say_world`가 실행됩니다. 실패한 태스크는 10초 뒤에 두 번까지 다시 시도합니다.
터미널에서: `mlopsctl trigger hello_world --unpause --wait`
""",
    # Minute, hour, day, month, weekday, in the time zone of start_date. In UTC, 6:00 would be 15:00 in Seoul.
    schedule="0 6 * * *",
    start_date=pendulum.datetime(2023, 6, 1, tz="Asia/Seoul"),
    # With True, Airflow would run the DAG for every day since start_date as soon as it is unpaused.
    catchup=False,
    default_args={"owner": "mlops", "retries": 2, "retry_delay": timedelta(seconds=10)},
    tags=["basics"],
    **notify(),
) as dag:
    say_hello = BashOperator(task_id="say_hello", task_display_name="안녕", bash_command="echo Hello")

    @task(task_display_name="세상아")
    def say_world() -> None:
        logging.getLogger(__name__).info("World!")

    say_hello >> say_world()
