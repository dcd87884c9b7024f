"""What the errors of tasks mean. The texts are as Airflow 3.3.2 logs them."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.model import TaskLog
from mlopsctl.operations.task_errors import explain


def api(*, is_airflow2: bool = False) -> AirflowApi:
    return cast(AirflowApi, SimpleNamespace(capabilities=SimpleNamespace(is_airflow2=is_airflow2)))


@pytest.mark.parametrize(
    ("error", "cause", "hint"),
    [
        ("KeyError: 'execution_date'", "airflow-2-context", 'write context["logical_date"]'),
        ("KeyError: 'next_ds'", "airflow-2-context", 'write context["data_interval_end"].strftime("%Y-%m-%d")'),
        ("KeyError: 'prev_ds'", "airflow-2-context", "compute it from logical_date"),
        ("KeyError: 'conf'", "airflow-2-context", "pass the setting to the task"),
        ("UndefinedError: 'execution_date' is undefined", "airflow-2-context", "write logical_date"),
        ("UndefinedError: 'next_ds_nodash' is undefined", "airflow-2-context", "write data_interval_end | ds_nodash"),
        ("UndefinedError: 'yesterday_ds' is undefined", "airflow-2-context", "write macros.ds_add(ds, -1)"),
        (
            "TypeError: load() missing 1 required positional argument: 'execution_date'",
            "airflow-2-context",
            "write logical_date instead",
        ),
        (
            "TypeError: load() missing 2 required keyword-only arguments: 'tomorrow_ds' and 'next_execution_date'",
            "airflow-2-context",
            "write macros.ds_add(ds, 1), with macros, ds as the parameter; the context of tasks has no "
            "next_execution_date in Airflow 3: write data_interval_end instead",
        ),
        (
            "AttributeError: 'DagRun' object has no attribute 'execution_date'",
            "airflow-2-context",
            "dag_run has no execution_date in Airflow 3: write logical_date",
        ),
        (
            "UndefinedError: 'airflow.sdk.api.datamodels._generated.DagRun object' has no attribute 'external_trigger'",
            "airflow-2-context",
            "write dag_run.run_type in",
        ),
        (
            "AttributeError: 'RuntimeTaskInstance' object has no attribute 'get_dagrun'",
            "airflow-2-context",
            "use dag_run of the context",
        ),
        (
            "RuntimeError: Direct database access via the ORM is not allowed in Airflow 3.0",
            "airflow-2-import",
            "Variable.get",
        ),
        (
            "ImportError: cannot import name 'days_ago' from 'airflow.utils.dates' (/v/airflow/utils/dates.py)",
            "airflow-2-import",
            "pendulum.today()",
        ),
        (
            "AirflowRuntimeError: VARIABLE_NOT_FOUND: {'message': 'Variable rate not found'}",
            "missing-variable",
            "mlopsctl variable set rate",
        ),
        ("AirflowNotFoundException: The conn_id `db` isn't defined", "missing-connection", "connection set db"),
        ("ValueError: ZoneInfo keys must be normalized relative paths, got: ", "xcom", "ZoneInfo("),
        (
            "AirflowRuntimeError: API_SERVER_ERROR: {'status_code': None, 'message': 'Out of range float values are "
            "not JSON compliant', 'exception_type': 'ValueError'}",
            "xcom",
            "NaN or an infinity",
        ),
    ],
)
def test_known_errors(error: str, cause: str, hint: str) -> None:
    found = explain(api(), TaskLog("", error))
    assert found and found.cause == cause
    assert hint in found.hint.text()


@pytest.mark.parametrize(
    "error",
    [
        "",
        "KeyError: 'amount'",
        "KeyError: 1",
        "UndefinedError: 'amount' is undefined",
        "TypeError: load() missing 1 required positional argument: 'amount'",
        "AttributeError: 'Loan' object has no attribute 'execution_date'",
        "ModuleNotFoundError: No module named 'numpy'",
        "TypeError: load() got an unexpected keyword argument 'execution_date'",
    ],
)
def test_other_errors_are_not_explained(error: str) -> None:
    assert explain(api(), TaskLog("", error)) is None


def test_airflow_2_has_these_names_and_the_database() -> None:
    for error in ("KeyError: 'conf'", "RuntimeError: Direct database access via the ORM is not allowed"):
        assert explain(api(is_airflow2=True), TaskLog("", error)) is None
    assert explain(api(is_airflow2=True), TaskLog("", "KeyError: 'Variable rate does not exist'"))


def test_all_names_of_a_template_are_found() -> None:
    """The exception names the first one only."""
    text = (
        "2026-11-30T12:45:50 ERROR Exception rendering Jinja template for task 'b', field 'bash_command'. "
        "Template: 'echo {{ execution_date }} {{ yesterday_ds }} {{ dag_run.conf }} {{ ds }}'\n  <template>:14 in root"
    )
    found = explain(api(), TaskLog(text, "UndefinedError: 'execution_date' is undefined"))
    assert found and "write logical_date; " in found.hint.note and "write macros.ds_add(ds, -1)" in found.hint.note
    assert "conf" not in found.hint.note
    assert explain(api(), TaskLog(text, "UndefinedError: 'amount' is undefined")) is None


def test_import_is_read_from_the_file_in_the_log(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text("def t():\n    from airflow.contrib.operators.mysql import MySqlOperator\n")
    log = TaskLog(
        f"  {tmp_path}/d.py:2 in t\nModuleNotFoundError: x", "ModuleNotFoundError: No module named 'airflow.contrib'"
    )
    found = explain(api(), log)
    assert found and "import SQLExecuteQueryOperator" in found.hint.note


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("/h/airflow/logs/dag_id=d/attempt=1.log", "not-started"),
        ("/h/attempt=1.log\n  /h/attempt=1.log.trigger.7.log\n", "not-started"),
        ("/h/attempt=1.log\nhello", None),
        ("", None),
    ],
)
def test_task_that_ended_before_its_code_ran(text: str, cause: str | None) -> None:
    found = explain(api(), TaskLog(text))
    assert (found.cause if found else None) == cause
