"""Features of each day's loan applicants, in seven SQL tasks. Imports nothing but Airflow's SDK at parse time."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import DAG
from support.alerts import notify
from support.days import START, data_day, day_param
from support.defaults import defaults
from support.feature_store import CONNECTION

log = logging.getLogger(__name__)

DOC = """
### Features of the loan applicants of one day

Joins the applications of a day with their customers as they were that day, adds the number of dependents, and
replaces the day in `mlops.ineligible_loan_model_features`. Safe to run again: the day is replaced as a whole.

**Which day?** The one that you name: `base_dt` (`YYYYMMDD`) in the form, if it is filled in; else the date of the
run's logical date in Asia/Seoul; else, for a run without a logical date, the day in Asia/Seoul on which it was started.

**Scratch tables** `temp.loan_applicants_*` and `temp.family_counts_*` carry the day and the run in their names, so
that runs side by side never meet. They are dropped when the run has succeeded; a failed run leaves them to be looked
at, and drops them itself when it is run again.
"""


def scratch(dag_run: Any, params: Mapping[str, Any]) -> str:
    """The end of a scratch table's name: the day, and a number for the run, the same in every try."""
    return f"{data_day(dag_run, params)}_{crc32(dag_run.run_id.encode()):08x}"


def succeeded(context: Any) -> None:
    """The last task has succeeded: drop the scratch tables.

    Here and not in a task's SQL: a try that dropped them and died before it could say so would have none to read
    when it is tried again.
    """
    from airflow.sdk.bases.hook import BaseHook

    end = scratch(context["dag_run"], context["params"])
    hook = BaseHook.get_connection(CONNECTION).get_hook()
    hook.run([f"DROP TABLE IF EXISTS temp.loan_applicants_{end}", f"DROP TABLE IF EXISTS temp.family_counts_{end}"])
    log.info("features of %s are in mlops.ineligible_loan_model_features", end[:8])


def failed(context: Any) -> None:
    """A task has failed for good."""
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
    params=day_param("Day of the data", "Empty: the date of the run."),
    # .parent of the path as Airflow reached it: inside the link, where sql/ is reached as well.
    template_searchpath=[str(Path(__file__).parent / "sql")],
    user_defined_macros={"data_day": data_day, "scratch": scratch},
    default_args=defaults(
        conn_id=CONNECTION,
        do_xcom_push=False,
        # On tasks, where the worker calls them: those of a DAG make the dag-processor read this file for every run.
        on_failure_callback=failed,
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
        task_id="insert_features", sql="insert_features.sql", on_success_callback=succeeded
    )

    # The delete comes last but one, so that readers miss the day for as short as can be.
    create_scratch_database >> [drop_applicants, drop_family_counts]
    drop_applicants >> create_applicants
    drop_family_counts >> create_family_counts
    [create_applicants, create_family_counts] >> delete_features >> insert_features
