"""Causes of import errors and their remedies. The exceptions are as Airflow 3.3.2 reports them."""

import py_compile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.model import ImportErrorReport
from mlopsctl.operations.dags.import_errors.import_context import ImportContext
from mlopsctl.operations.dags.import_errors.listing import diagnose, diagnose_remote
from tests.operations.fake_airflow import UNSCHEDULED

CASES = [
    ("ModuleNotFoundError: No module named 'xgboost'", "missing-module", "installs xgboost"),
    (
        "ModuleNotFoundError: No module named 'unknown_package'",
        "missing-module",
        "first add the package that provides unknown_package to FILE",
    ),
    (
        "ModuleNotFoundError: No module named 'airflow.providers.amazon'",
        "missing-module",
        "installs apache-airflow-providers-amazon",
    ),
    (
        "ModuleNotFoundError: No module named 'airflow.operators.python_operator'",
        "airflow-2-import",
        "use airflow.providers.standard.operators.python",
    ),
    ("ModuleNotFoundError: No module named 'airflow.utils.dates'", "airflow-2-import", "use pendulum"),
    ("ModuleNotFoundError: No module named 'airflow.contrib.hooks'", "airflow-2-import", "look for its replacement"),
    (
        "ImportError: cannot import name 'days_ago' from 'airflow.utils.dates' (/v/airflow/utils/dates.py)",
        "airflow-2-import",
        "use pendulum.today().subtract(days=N)",
    ),
    (
        "ImportError: cannot import name 'thing' from 'airflow.sdk' (/v/airflow/sdk/__init__.py)",
        "airflow-2-import",
        "look for its replacement",
    ),
    (
        "TypeError: DAG.__init__() got an unexpected keyword argument 'schedule_interval'",
        "airflow-2-import",
        "use schedule=",
    ),
    (
        "TypeError: DAG.__init__() got an unexpected keyword argument 'provide_context'",
        "airflow-2-import",
        "remove it",
    ),
    (
        "TypeError: PythonOperator.partial() got unexpected keyword arguments 'provide_context', 'task_concurrency'",
        "airflow-2-import",
        "Airflow 3 has no argument task_concurrency: use max_active_tis_per_dag=",
    ),
    (
        "TypeError: load() got an unexpected keyword argument 'execution_date'",  # a function of the project
        "other",
        "mlopsctl -v dags errors",
    ),
    (
        "ValueError: The trigger_rule must be one of ['all_success', 'always'],'d.t'; received 'dummy'.",
        "airflow-2-import",
        "use always",
    ),
    ("AttributeError: DUMMY", "airflow-2-import", "use always"),
    ("AttributeError: module 'airflow.configuration' has no attribute 'get'", "airflow-2-import", "use conf"),
    (
        "RuntimeError: Direct database access via the ORM is not allowed in Airflow 3.0",
        "airflow-2-import",
        "Variable.get",
    ),
    (
        "AttributeError: Access to the Airflow Metadatabase from dags is not allowed!",
        "airflow-2-import",
        "BaseHook.get_connection",
    ),
    (
        "ImportError: cannot import name 'a' from partially initialized module 'b' (most likely due to a circular "
        "import) (/h/dags/b.py)",
        "other",
        "two modules import each other",
    ),
    ("SyntaxError: '(' was never closed", "syntax-error", "correct the line"),
    ("IndentationError: unexpected indent", "syntax-error", "correct the line"),
    (
        "AirflowRuntimeError: VARIABLE_NOT_FOUND: {'message': 'Variable MODEL_PATH not found'}",
        "missing-variable",
        "mlopsctl variable set MODEL_PATH",
    ),
    (
        "airflow.sdk.exceptions.AirflowNotFoundException: The conn_id `feature_store` isn't defined",
        "missing-connection",
        "mlopsctl connection set feature_store",
    ),
    (
        "airflow.sdk.exceptions.AirflowTaskTimeout: DagBag import timeout for /h/dags/d.py after 30.0s.",
        "timeout",
        "into a task",
    ),
    ("ZeroDivisionError: division by zero", "other", "mlopsctl -v dags errors"),
]


@pytest.mark.parametrize(("last", "cause", "hint"), CASES)
def test_cause_and_hint_of_an_exception(last: str, cause: str, hint: str) -> None:
    traceback = f'Traceback (most recent call last):\n  File "/h/dags/d/d.py", line 7, in <module>\n    x = y\n{last}\n'
    found = diagnose(ImportErrorReport("d/d.py", traceback))
    assert (found.file, found.cause, found.traceback) == ("d/d.py", cause, traceback)
    assert found.message == f"{last} (d.py, line 7)"
    assert hint in found.hint.text()


def failing(last: str, file: Path = Path("/h/dags/d.py")) -> ImportErrorReport:
    return ImportErrorReport(
        "d.py", f'Traceback (most recent call last):\n  File "{file}", line 1, in <module>\n{last}\n'
    )


@pytest.fixture
def context(tmp_path: Path) -> ImportContext:
    """A DAGs folder into which one of the project's two packages is linked."""
    for name in ("linked", "unlinked"):
        (tmp_path / "project" / name).mkdir(parents=True)
        (tmp_path / "project" / name / "part.py").write_text("def there(): pass\n")
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "linked").symlink_to(tmp_path / "project" / "linked")
    project = tmp_path / "project"
    return ImportContext(
        tmp_path / "dags", tmp_path / "site", (project,), frozenset({"in-file"}), project / "requirements.txt"
    )


def test_module_of_the_project_that_is_not_linked(context: ImportContext) -> None:
    found = diagnose(failing("ModuleNotFoundError: No module named 'unlinked'"), context)
    target = str(context.folders[0] / "unlinked")
    assert (found.cause, found.link, found.hint.command) == ("not-linked", target, ("link", "add", target))


def test_submodule_that_a_package_of_the_project_lacks(context: ImportContext) -> None:
    found = diagnose(failing("ModuleNotFoundError: No module named 'linked.other'"), context)
    assert (found.cause, found.package, found.link) == ("missing-module", "", "")
    assert "does not contain linked.other" in found.hint.note


def test_module_that_exists_by_now_is_stale(context: ImportContext) -> None:
    assert context.dags
    (context.dags / "unlinked").symlink_to(context.folders[0] / "unlinked")
    for module in ("unlinked", "unlinked.part"):
        found = diagnose(failing(f"ModuleNotFoundError: No module named '{module}'"), context)
        assert found.cause == "stale-module" and found.hint.command == ("dags", "clean")


def test_known_package_is_added_to_the_requirements(context: ImportContext) -> None:
    found = diagnose(failing("ModuleNotFoundError: No module named 'in_file'"), context)
    assert (found.cause, found.package) == ("missing-module", "in-file")
    assert found.hint.text().endswith(f"echo in-file >> {context.requirements} && mlopsctl setup")


def test_missing_module_of_an_installed_provider_is_from_airflow_2(context: ImportContext, tmp_path: Path) -> None:
    (tmp_path / "site" / "apache_airflow_providers_http-6.1.0.dist-info").mkdir(parents=True)
    found = diagnose(failing("ModuleNotFoundError: No module named 'airflow.providers.http.operators.simple'"), context)
    assert (found.cause, found.package) == ("airflow-2-import", "")


def test_provider_of_a_namespace_is_read_from_the_file(context: ImportContext, tmp_path: Path) -> None:
    dag = tmp_path / "dags" / "d.py"
    dag.write_text("from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator\n")
    found = diagnose(failing("ModuleNotFoundError: No module named 'airflow.providers.cncf'", dag), context)
    assert found.package == "apache-airflow-providers-cncf-kubernetes"


def test_replacement_of_imported_names_is_looked_up(context: ImportContext, tmp_path: Path) -> None:
    sdk = tmp_path / "site" / "airflow" / "sdk"
    sdk.mkdir(parents=True)
    (sdk / "__init__.py").write_text('__lazy_imports = {"BaseHook": ".bases.hook"}')
    dag = tmp_path / "dags" / "d.py"
    dag.write_text("from airflow.hooks.base_hook import (\n    BaseHook,\n)\n")
    found = diagnose(failing("ModuleNotFoundError: No module named 'airflow.hooks.base_hook'", dag), context)
    assert found.hint.note.endswith("use from airflow.sdk import BaseHook")


@pytest.mark.parametrize(
    ("module", "line", "needs"),
    [
        ("airflow.providers.mysql.operators", "mysql.operators.mysql import MySqlOperator", "mysql_conn_id="),
        ("airflow.providers.microsoft", "microsoft.mssql.operators.mssql import MsSqlOperator", "too"),
        ("airflow.providers.snowflake", "snowflake.operators.snowflake import SnowflakeOperator", "too"),
    ],
)
def test_operator_that_its_provider_has_removed_is_not_installed(
    context: ImportContext, tmp_path: Path, module: str, line: str, needs: str
) -> None:
    """With an import below the module that Python reports, and of a provider that is not installed."""
    for name in ("mysql-6.6.2", "common_sql-1.30.0"):
        (tmp_path / "site" / f"apache_airflow_providers_{name}.dist-info").mkdir(parents=True)
    dag = tmp_path / "dags" / "d.py"
    dag.write_text(f"from airflow.providers.{line}\n")
    found = diagnose(failing(f"ModuleNotFoundError: No module named '{module}'", dag), context)
    assert (found.cause, found.package) == ("airflow-2-import", "")
    assert "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator" in found.hint.note
    assert found.hint.note.endswith(needs)


def test_contrib_names_the_class_and_the_provider_to_install(context: ImportContext, tmp_path: Path) -> None:
    (tmp_path / "dags" / "d.py").write_text("from airflow.contrib.operators.ssh_operator import SSHOperator\n")
    last = "ModuleNotFoundError: No module named 'airflow.contrib'"
    note = diagnose(failing(last, tmp_path / "dags" / "d.py"), context).hint.note
    assert "use from airflow.providers.ssh.operators.ssh import SSHOperator; install " in note
    assert note.endswith("apache-airflow-providers-ssh, too")
    (tmp_path / "site" / "apache_airflow_providers_ssh-5.0.0.dist-info").mkdir(parents=True)
    assert diagnose(failing(last, tmp_path / "dags" / "d.py"), context).hint.note.endswith("import SSHOperator")


INVALID = """Traceback (most recent call last):
  File "/v/lib/python3.11/site-packages/airflow/sdk/bases/operator.py", line 1121, in __init__
    raise TypeError(
TypeError: Invalid arguments were passed to {callee} (task_id: t). Invalid arguments were:
**kwargs: {given}
"""


@pytest.mark.parametrize(
    ("code", "callee", "given", "line", "cause", "hint"),
    [
        ("P(task_id='t', provide_context=True)", "P", {"provide_context": True}, 1, "airflow-2-import", "remove it"),
        (
            "P(task_id='s', task_concurrency=1)\nP(\n    task_id='t',\n    task_concurrency=1,\n)",
            "P",
            {"task_concurrency": 1},
            4,
            "airflow-2-import",
            "use max_active_tis_per_dag=",
        ),
        (
            "class Mine(P):\n    def __init__(self):\n        super().__init__(provide_context=True)\nMine()",
            "Mine",
            {"provide_context": True},
            3,
            "airflow-2-import",
            "remove it",
        ),
        (
            "@task(xcom_push=True)\ndef t(): pass",
            "_PythonDecoratedOperator",
            {"xcom_push": True, "x": "secret"},
            1,
            "airflow-2-import",
            "use do_xcom_push=; Python task has no argument x",
        ),
        (
            "P(task_id='t', params={}, task_concurrency=1)",
            "P",
            {"params": {"a": {"b": 1}, "c": "{{ ds }}, 'd': secret"}, "sql": "x" * 2000, "task_concurrency": 1},
            1,
            "airflow-2-import",
            "use max_active_tis_per_dag=",
        ),
        ("P(task_id='t', typo='secret')", "P", {"typo": "secret"}, 1, "other", "P has no argument typo"),
    ],
)
def test_arguments_on_the_second_line_of_a_message(
    context: ImportContext, tmp_path: Path, code: str, callee: str, given: dict[str, object], line: int, cause: str,
    hint: str,
) -> None:  # fmt: skip
    (tmp_path / "dags" / "d.py").write_text(code)
    found = diagnose(ImportErrorReport("d.py", INVALID.format(callee=callee, given=given)), context)
    assert found.cause == cause
    assert found.message.endswith(f"Invalid arguments were: {', '.join(given)} (d.py, line {line})")
    assert hint in found.hint.note
    assert "secret" not in found.message


def test_all_arguments_of_airflow_2_in_a_dag_are_named(context: ImportContext, tmp_path: Path) -> None:
    """Python names one of them."""
    (tmp_path / "dags" / "d.py").write_text("DAG('d', default_view='graph', orientation='LR', schedule=None)")
    last = "TypeError: DAG.__init__() got an unexpected keyword argument 'default_view'"
    note = diagnose(failing(last), context).hint.note
    assert "default_view: remove it" in note and "orientation: remove it" in note and "schedule" not in note


def test_bytecode_without_source_is_stale(context: ImportContext, tmp_path: Path) -> None:
    gone = tmp_path / "dags" / "helper.pyc"
    (tmp_path / "helper.py").write_text("old = 1\n")
    py_compile.compile(str(tmp_path / "helper.py"), cfile=str(gone))
    found = diagnose(failing(f"ImportError: cannot import name 'new' from 'helper' ({gone})"), context)
    assert (found.cause, found.hint.command) == ("stale-module", ("dags", "clean"))
    assert "helper.pyc" in found.hint.note


@pytest.mark.parametrize(
    "last",
    [
        "ImportError: cannot import name 'there' from 'linked.part' ({path})",
        "AttributeError: module 'linked.part' has no attribute 'there'",
    ],
)
def test_name_that_the_source_defines_by_now_is_stale(context: ImportContext, tmp_path: Path, last: str) -> None:
    path = tmp_path / "dags" / "linked" / "part.py"
    found = diagnose(failing(last.format(path=path)), context)
    assert (found.cause, found.hint.command) == ("stale-module", ("dags", "clean"))
    missing = diagnose(failing(last.format(path=path).replace("there", "nowhere")), context)
    assert (missing.cause, missing.hint.command) == ("other", ())


HELPER = """Traceback (most recent call last):
  File "/h/dags/d/d.py", line 1, in <module>
    from helper import x
  File "/h/dags/d/helper.py", line 5
    def x(:
          ^
SyntaxError: invalid syntax
"""


def test_syntax_error_is_shown_with_its_line() -> None:
    found = diagnose(ImportErrorReport("d/d.py", HELPER))
    assert found.message == "SyntaxError: invalid syntax (helper.py, line 5: def x(:)"


def test_position_is_in_the_projects_own_file() -> None:
    traceback = (
        'Traceback (most recent call last):\n  File "/h/dags/d/d.py", line 4, in <module>\n    Variable.get("A")\n'
        '  File "/v/lib/python3.11/site-packages/airflow/sdk/definitions/variable.py", line 60, in get\n'
        "AirflowRuntimeError: VARIABLE_NOT_FOUND: {'message': 'Variable A not found'}\n"
    )
    assert diagnose(ImportErrorReport("d/d.py", traceback)).message.endswith("(d.py, line 4)")


def test_position_missing_from_the_traceback_is_looked_up(context: ImportContext, tmp_path: Path) -> None:
    """Airflow keeps only the last two positions of a traceback."""
    (tmp_path / "dags" / "d.py").write_text('from airflow.sdk import Variable\n\nVariable.get("A")\n')
    traceback = (
        '  File "/v/lib/python3.11/site-packages/airflow/sdk/definitions/variable.py", line 60, in get\n'
        "AirflowRuntimeError: VARIABLE_NOT_FOUND: {'message': 'Variable A not found'}\n"
    )
    assert diagnose(ImportErrorReport("d.py", traceback), context).message.endswith(" (d.py, line 3)")
    assert diagnose(ImportErrorReport("d.py", traceback)).message.endswith(" (d.py)")


def test_text_that_is_not_a_traceback_is_shown_unchanged() -> None:
    assert diagnose(ImportErrorReport("d.py", "")).message == "no reason given (d.py)"
    assert diagnose(ImportErrorReport("d.py", "killed\n")).message == "killed (d.py)"


def test_schedules_that_never_run_are_listed_beside_import_errors() -> None:
    dags = [
        replace(UNSCHEDULED, dag_id="never", schedule="0 0 31 2 *", relative_file="d.py"),
        replace(UNSCHEDULED, dag_id="deleted", schedule="0 0 31 2 *", stale=True),
        replace(UNSCHEDULED, dag_id="months", schedule="0 0 31 * *"),
        UNSCHEDULED,
    ]
    api = cast(AirflowApi, SimpleNamespace(dags=lambda: dags, import_errors=lambda: []))
    (found,) = diagnose_remote(api)
    assert (found.file, found.cause, found.traceback) == ("d.py", "no-dates", "")
    assert "never" in found.message and "0 0 L 2 *" in found.hint.note


def test_long_message_is_cut_and_still_recognised() -> None:
    found = diagnose(failing(f"RuntimeError: {'x' * 2000}\nDirect database access via the ORM is not allowed"))
    assert found.cause == "airflow-2-import" and len(found.message) < 700


def test_use_of_the_database_is_found_in_the_file(context: ImportContext, tmp_path: Path) -> None:
    """Below a method such as DagRun.find, the traceback has only positions in Airflow."""
    (tmp_path / "dags" / "d.py").write_text("from airflow.models import DagRun\n\nDagRun.find(dag_id='d')\n")
    traceback = (
        'Traceback (most recent call last):\n  File "/v/lib/python3.11/site-packages/airflow/utils/session.py", line 40'
        "\nRuntimeError: Direct database access via the ORM is not allowed in Airflow 3.0\n"
    )
    assert diagnose(ImportErrorReport("d.py", traceback), context).message.endswith(" (d.py, line 3)")
