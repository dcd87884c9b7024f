import ast
from pathlib import Path

import pytest

from mlopsctl.operations.dags.check import project as projects
from mlopsctl.operations.dags.check.rules.operators import check_operators
from mlopsctl.operations.dags.migrate.rewrite import rewrite


def migrate(folder: Path, code: str) -> str:
    path = folder / "dag.py"
    path.write_text(code, encoding="utf-8")
    found = [migration.after for migration in rewrite(projects.read([path])) if migration.changed]
    after = found[0] if found else code
    ast.parse(after)
    return after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("PythonOperator(task_id='a', provide_context=True, python_callable=f)", "(task_id='a', python_callable=f)"),
        ("PythonOperator(task_id='a', provide_context=True)", "PythonOperator(task_id='a')"),
        ("PythonOperator(provide_context=True)", "PythonOperator()"),
        ("PythonOperator(\n    task_id='a',\n    provide_context=True,\n)", "PythonOperator(\n    task_id='a',\n)"),
        ("DAG('d', default_args={'owner': 'o', 'provide_context': True}, schedule=None)", "{'owner': 'o'}"),
        ("DAG('d', schedule=None, default_view='graph', orientation='LR')", "DAG('d', schedule=None)"),
        ("DAG('d', schedule=None, full_filepath='x')", "DAG('d', schedule=None)"),
        ("EmptyOperator(task_id='a', trigger_rule='dummy')", 'trigger_rule="always"'),
        ("EmptyOperator(task_id='a', trigger_rule=TriggerRule.DUMMY)", "trigger_rule=TriggerRule.ALWAYS"),
        ("BashOperator(task_id='a', xcom_push=True)", "BashOperator(task_id='a', do_xcom_push=True)"),
        ("x = days_ago(2)", 'x = pendulum.today("UTC").add(days=-2)'),
        ("x = days_ago(n + 1)", 'x = pendulum.today("UTC").add(days=-(n + 1))'),
    ],
)
def test_argument_is_rewritten(tmp_path: Path, before: str, after: str) -> None:
    head = (
        "from airflow.operators.python import PythonOperator\nfrom airflow import DAG\n"
        "from airflow.utils.dates import days_ago\nfrom airflow.utils.trigger_rule import TriggerRule\n"
    )
    found = migrate(tmp_path, f"{head}{before}\n")
    assert after in found
    assert "days_ago" not in found


def test_days_ago_imports_pendulum(tmp_path: Path) -> None:
    found = migrate(tmp_path, "from airflow.utils.dates import days_ago\nx = days_ago(1)\n")
    assert "import pendulum\n" in found


def test_days_ago_with_other_arguments_is_left(tmp_path: Path) -> None:
    code = "from airflow.utils.dates import days_ago\nx = days_ago(1, hour=2)\n"
    assert migrate(tmp_path, code) == code


def test_sql_operator_of_a_database_becomes_the_common_one(tmp_path: Path) -> None:
    code = (
        "from airflow.providers.mysql.operators.mysql import MySqlOperator\n"
        "a = MySqlOperator(task_id='a', sql='x', mysql_conn_id='c', database='d')\n"
        "b = MySqlOperator.partial(task_id='b', mysql_conn_id='c').expand(sql=[1])\n"
        "c = MySqlOperator(task_id='c', sql='x')\n"
    )
    assert migrate(tmp_path, code) == (
        "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n"
        "a = SQLExecuteQueryOperator(task_id='a', sql='x', conn_id='c', hook_params={\"schema\": 'd'})\n"
        "b = SQLExecuteQueryOperator.partial(task_id='b', conn_id='c').expand(sql=[1])\n"
        "c = SQLExecuteQueryOperator(task_id='c', sql='x', conn_id=\"mysql_default\")\n"
    )


def test_operator_with_other_options_is_left(tmp_path: Path) -> None:
    code = (
        "from airflow.providers.postgres.operators.postgres import PostgresOperator\n"
        "PostgresOperator(task_id='a', sql='x', runtime_parameters={})\n"
    )
    assert migrate(tmp_path, code) == code


def test_operator_of_ones_own_with_the_same_name_is_left(tmp_path: Path) -> None:
    code = "from plugins.sql import MySqlOperator\nMySqlOperator(task_id='a', mysql_conn_id='c')\n"
    assert migrate(tmp_path, code) == code


def findings(folder: Path, code: str) -> list[tuple[int, str, str]]:
    (folder / "dag.py").write_text(code, encoding="utf-8")
    (source,) = projects.read([folder / "dag.py"]).sources
    return [(finding.line, finding.severity, finding.message.split("`")[1]) for finding in check_operators(source)]


MINE = "class Mine(BaseOperator):\n    def __init__(self, *, {parameter}, **others): pass\n"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("PythonOperator.partial(provide_context=True).expand(op_args=[])", [(1, "error", "provide_context")]),
        ("@task(provide_context=True)\ndef f(): pass", [(1, "error", "provide_context")]),
        ("@task.bash(xcom_push=True)\ndef f(): pass", [(1, "error", "xcom_push")]),
        (MINE.format(parameter="x") + "Mine(task_concurrency=1)", [(3, "error", "task_concurrency")]),
        (MINE.format(parameter="provide_context") + "Mine(provide_context=True)", []),
        ("other(provide_context=True)\ndb.partial(xcom_push=1)\ntask.override(provide_context=1)", []),
        # Airflow ignores what no operator knows in default_args.
        ("DAG('d', default_args={'provide_context': True})", [(1, "warning", "provide_context")]),
    ],
)
def test_arguments_that_ruff_does_not_report(tmp_path: Path, code: str, found: list[tuple[int, str, str]]) -> None:
    assert findings(tmp_path, code) == found
