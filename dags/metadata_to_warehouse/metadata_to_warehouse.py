"""Copies the runs, tasks and model records of each hour to the database `warehouse`."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, task
from support.alerts import notify
from support.days import START, interval_schedule
from support.defaults import task_defaults

SQL = Path(__file__).parent / "sql"
# A record of the last minutes of an hour may be written after that hour was copied, so intervals overlap.
OVERLAP = timedelta(minutes=5)
log = logging.getLogger(__name__)

DOC = """
### Airflow와 모델의 기록을 웨어하우스로

한 시간 동안 **끝난** DAG 실행과 태스크, 그 시간의 모델 학습과 배포 결정을 `warehouse`의 표에 옮깁니다.

| 표 | 기본 키 |
|---|---|
| `warehouse.dag_runs` | `dag_id`, `run_id` |
| `warehouse.task_instances` | `dag_id`, `run_id`, `task_id`, `map_index`, `try_number` |
| `warehouse.model_trainings` | `model_name`, `model_version` |
| `warehouse.model_decisions` | `id` |

각 행은 한 번만 들어가고, 다시 실행해도 같은 결과입니다(REPLACE). 시각은 모두 서울 시각입니다.

Airflow 3의 태스크는 메타데이터 DB에 직접 접근할 수 없으므로 REST API로 읽습니다. `airflow_api` 연결의 사용자는
보기만 할 수 있는 Viewer 역할입니다.
"""


def copied_interval(dag_run: Any) -> tuple[datetime, datetime]:
    """The run's data interval, extended by OVERLAP. For a manual run, the 60 minutes before it; Airflow's own interval
    would be the previous clock hour."""
    if dag_run.run_type == "manual":
        return dag_run.run_after - timedelta(hours=1), dag_run.run_after
    return dag_run.data_interval_start - OVERLAP, dag_run.data_interval_end


def copy(dag_run: Any, path: str, key: str, states: Sequence[str], to_row: Callable[[Any], dict[str, Any]]) -> None:
    """Copy what ended in the interval with one of `states`. `path` and `key` locate the objects in the REST API."""
    from support import airflow_api, feature_store

    from metadata_to_warehouse.records import ended_between

    query = ended_between(*copied_interval(dag_run), states)
    rows = [to_row(record) for record in airflow_api.list_objects(path, key, query)]
    with feature_store.transaction() as cursor:
        cursor.executemany(feature_store.read_statement(SQL / f"replace_{key}.sql"), rows)
    log.info("%d rows of %s", len(rows), key)


@task(task_display_name="테이블 만들기")
def create_tables() -> None:
    from support import feature_store

    feature_store.execute(SQL / "database.sql", *sorted(SQL.glob("create_*.sql")))


@task(task_display_name="DAG 실행")
def dag_runs(dag_run: Any = None) -> None:
    from metadata_to_warehouse import records

    copy(dag_run, "dags/~/dagRuns", "dag_runs", records.RUN_STATES, records.dag_run)


@task(task_display_name="태스크 소요 시간")
def task_instances(dag_run: Any = None) -> None:
    from metadata_to_warehouse import records

    path = "dags/~/dagRuns/~/taskInstances"
    copy(dag_run, path, "task_instances", records.TASK_STATES, records.task_instance)


@task(task_display_name="모델 기록")
def model_logs(dag_run: Any = None) -> None:
    from support import feature_store

    from metadata_to_warehouse.records import to_seoul

    start, end = copied_interval(dag_run)
    files = sorted(SQL.glob("replace_model_*.sql"))
    feature_store.execute(*files, parameters={"start": to_seoul(start), "end": to_seoul(end)})


with DAG(
    dag_id="metadata_to_warehouse",
    dag_display_name="Airflow와 모델의 기록 → 웨어하우스",
    description="한 시간 동안 끝난 DAG 실행과 태스크, 모델 기록을 warehouse 표에 한 번씩 옮깁니다.",
    doc_md=DOC,
    schedule=interval_schedule("@hourly"),
    start_date=START,
    catchup=False,
    default_args=task_defaults(),
    tags=["mlops", "warehouse"],
    **notify(),
) as dag:
    create_tables() >> [dag_runs(), task_instances(), model_logs()]
