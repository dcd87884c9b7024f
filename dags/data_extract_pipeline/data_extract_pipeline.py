"""Features of each day's loan applicants, built by seven SQL tasks."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import DAG
from support.alerts import notify
from support.days import START, base_dt_param, data_day
from support.defaults import task_defaults
from support.feature_store import CONNECTION

log = logging.getLogger(__name__)

DOC = """
### Features of the loan applicants of one day

Joins the applications of a day with their customers as of that day, adds the number of dependents, and replaces the
rows of that day in `mlops.ineligible_loan_model_features`. Safe to re-run.

**Which day?** The param `base_dt` (`YYYYMMDD`) if it is set; otherwise the run's logical date in Asia/Seoul, or, for a
run without a logical date, the day in Asia/Seoul on which it was started.

**Scratch tables** `temp.loan_applicants_*` and `temp.family_counts_*` have the day and a hash of the run id in their
names, so parallel runs do not share them. A successful run drops them. A failed run keeps them for inspection and drops
them when it is re-run.
"""


def scratch_suffix(dag_run: Any, params: Mapping[str, Any]) -> str:
    """The suffix of the scratch tables: the day and a hash of the run id, the same in every try."""
    return f"{data_day(dag_run, params)}_{crc32(dag_run.run_id.encode()):08x}"


def drop_scratch_tables(context: Any) -> None:
    """Called after the last task succeeds.

    A callback, not a task: if a task dropped the tables and died before its success was recorded, its retry would not
    find them.
    """
    from airflow.sdk.bases.hook import BaseHook

    suffix = scratch_suffix(context["dag_run"], context["params"])
    hook = BaseHook.get_connection(CONNECTION).get_hook()
    hook.run([f"DROP TABLE IF EXISTS temp.{table}_{suffix}" for table in ("loan_applicants", "family_counts")])
    log.info("features of %s are in mlops.ineligible_loan_model_features", suffix[:8])


def log_failure(context: Any) -> None:
    """Called after a task fails with no retries left."""
    day = data_day(context["dag_run"], context["params"])
    log.error("%s failed for the data of %s: %s", context["task"].task_id, day, context.get("exception"))


with DAG(
    dag_id="data_extract_pipeline",
    description="Features of each day's loan applicants, from the feature store's raw tables",
    doc_md=DOC,
    schedule=None,
    start_date=START,
    catchup=False,
    tags=["mlops", "feature-store", "loan"],
    params=base_dt_param("Date of the data", "Default: the date of the run."),
    # The path is not resolved: if this folder is a symlink, sql/ is looked up through the same symlink.
    template_searchpath=[str(Path(__file__).parent / "sql")],
    user_defined_macros={"data_day": data_day, "scratch_suffix": scratch_suffix},
    default_args=task_defaults(
        conn_id=CONNECTION,
        do_xcom_push=False,
        # A task's callback runs in the worker. A DAG's callback would make the dag-processor parse this file again for
        # every run.
        on_failure_callback=log_failure,
    ),
    **notify(),
) as dag:
    create_scratch_database = SQLExecuteQueryOperator(
        task_id="create_scratch_database", sql="create_scratch_database.sql"
    )
    drop_applicants = SQLExecuteQueryOperator(task_id="drop_applicants", sql="drop_applicants.sql")
    create_applicants = SQLExecuteQueryOperator(task_id="create_applicants", sql="create_applicants.sql")
    drop_family_counts = SQLExecuteQueryOperator(task_id="drop_family_counts", sql="drop_family_counts.sql")
    create_family_counts = SQLExecuteQueryOperator(task_id="create_family_counts", sql="create_family_counts.sql")
    delete_features = SQLExecuteQueryOperator(task_id="delete_features", sql="delete_features.sql")
    insert_features = SQLExecuteQueryOperator(
        task_id="insert_features", sql="insert_features.sql", on_success_callback=drop_scratch_tables
    )

    # The delete is the last step before the insert, to keep the time short in which readers find no rows of the day.
    create_scratch_database >> [drop_applicants, drop_family_counts]
    drop_applicants >> create_applicants
    drop_family_counts >> create_family_counts
    [create_applicants, create_family_counts] >> delete_features >> insert_features
