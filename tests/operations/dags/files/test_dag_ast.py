"""What a DAG file names, read from its syntax."""

from pathlib import Path

import pytest

from mlopsctl.operations.dags.files.dag_ast import Import, PythonFile, Reference, parse_file


def parse(folder: Path, text: str) -> PythonFile:
    (folder / "d.py").write_text(text, encoding="utf-8")
    return parse_file(folder / "d.py")


def test_imports_at_top_level_and_in_functions(tmp_path: Path) -> None:
    text = """
import a.b, c
from d.e import f, g as h
from . import near
def run_task():
    import late
"""
    assert parse(tmp_path, text).imports == [
        Import("a.b", 2),
        Import("c", 2),
        Import("d.e", 3, ("f", "g")),
        Import("late", 6, (), in_function=True),
    ]


def test_imports_that_may_fail_are_left_out(tmp_path: Path) -> None:
    text = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import only_for_types
else:
    import at_run_time
try:
    import fast
except ImportError:
    fast = None
try:
    import needed
finally:
    pass
"""
    assert [i.module for i in parse(tmp_path, text).imports] == ["typing", "at_run_time", "needed"]


DAGS = """
import airflow
from airflow.sdk import DAG, dag, task
NAME = "by_constant"
with DAG("by_position") as d: pass
airflow.DAG(dag_id="by_keyword")
DAG(dag_id=NAME)
DAG(f"{NAME}_ct")
for n in range(3):
    DAG(f"unknown_{n}")
@dag(schedule=None)
def by_function(): pass
@dag("given")
def other(): pass
@dag
def bare(): pass
@task
def no_dag(): pass
"""


def test_dag_ids(tmp_path: Path) -> None:
    found = [reference.name for reference in parse(tmp_path, DAGS).dag_ids]
    assert found == ["by_position", "by_keyword", "by_constant", "by_constant_ct", "by_function", "given", "bare"]


def test_decorator_not_from_airflow_makes_no_dag(tmp_path: Path) -> None:
    assert parse(tmp_path, "from graphs import dag\n@dag\ndef x(): pass\n").dag_ids == []


NAMES = """
from airflow.sdk import Variable, BaseHook, Connection
KEY = "CONSTANT"
Variable.get("PLAIN")
Variable.get(KEY)
Variable.get(key="KEYWORD", deserialize_json=True)
Variable.get("OPTIONAL", default=None)
Variable.get("OPTIONAL_TOO", 1)
{}.get("NO_VARIABLE")
BaseHook.get_connection("c_hook")
Connection.get("c_sdk")
MySqlHook("c_positional")
MySqlHook(mysql_conn_id="c_keyword")
SQLExecuteQueryOperator(task_id="t", conn_id="c_operator", sql="{{ var.value.IN_SQL }} {{ conn.c_template.host }}")
DAG(default_args={"http_conn_id": "c_args", "retries": 3})
def f(conn_id="c_default", other="x"): pass
MySqlHook(mysql_conn_id="{{ params.c }}")
bash = "{{ var.json.IN_JSON.x }} {{ var.value.get('x', 'y') }}"
"""


def test_variables_and_connections(tmp_path: Path) -> None:
    found = parse(tmp_path, NAMES)
    assert [r.name for r in found.variables] == ["PLAIN", "CONSTANT", "KEYWORD", "IN_SQL", "IN_JSON"]
    connections = ["c_hook", "c_sdk", "c_positional", "c_keyword", "c_operator", "c_template", "c_args", "c_default"]
    assert [r.name for r in found.connections] == connections
    assert found.variables[0] == Reference("PLAIN", 4)


def test_connections_in_defaults_of_positional_and_keyword_arguments(tmp_path: Path) -> None:
    text = (
        'def f(a, a_conn_id="by_position", /): pass\n'
        'def g(a, b_conn_id="x", /, c_conn_id="y", *, d, e_conn_id="by_name"): pass\n'
        "def h(x=1, /, *, conn_id=None): pass\n"
    )
    assert [reference.name for reference in parse(tmp_path, text).connections] == ["by_position", "x", "y", "by_name"]


def test_defined_names(tmp_path: Path) -> None:
    text = "import os as o\nfrom a import b\nX: int = 1\nY, Z = 1, 2\ndef f(): inner = 1\nclass C: pass\n"
    assert parse(tmp_path, text).defined == {"o", "b", "X", "Y", "Z", "f", "C"}


@pytest.mark.parametrize("text", ["def x(:\n", "x = 1\n\0"])
def test_invalid_python_has_an_error(tmp_path: Path, text: str) -> None:
    assert parse(tmp_path, text).error


def test_file_is_not_executed(tmp_path: Path) -> None:
    parse(tmp_path, f"open({str(tmp_path / 'ran')!r}, 'w')\nraise SystemExit\n")
    assert not (tmp_path / "ran").exists()


def test_docstrings_are_not_rendered(tmp_path: Path) -> None:
    text = '"""{{ var.value.x }}"""\ndef f():\n    "{{ conn.y.host }}"\n'
    file = parse(tmp_path, text)
    assert (file.variables, file.connections) == ([], [])


def test_templates_in_documentation_and_comments_are_not_rendered(tmp_path: Path) -> None:
    text = """
from airflow.sdk import DAG
NOTES = "{{ var.value.in_a_constant }}"
QUERY = "{{ var.value.USED }}"
__doc__ = "{{ var.value.in_the_docstring }}"
with DAG("d", doc_md=NOTES, description=f"{NOTES} {{{{ conn.described.host }}}}") as dag:
    dag.doc_md = "{{ conn.documented.host }}" + QUERY
    Query(task_id="t", doc="{{ var.value.of_a_task }}", sql=QUERY)  # {{ var.value.in_a_comment }}
    Query(task_id="u", sql="{# {{ var.value.hidden }} #}{% raw %}{{ conn.raw.host }}{% endraw %}{{ conn.USED.host }}")
    Query(task_id="v", doc_md=Variable.get("READ"))
"""
    file = parse(tmp_path, text)
    assert [r.name for r in file.variables] == ["USED", "READ"]
    assert [r.name for r in file.connections] == ["USED"]


def test_imports_for_one_of_several_versions_are_left_out(tmp_path: Path) -> None:
    text = """
import airflow
if airflow.__version__ >= "3":
    import new
elif AIRFLOW_V_2_PLUS:
    import old
else:
    import older
if enabled:
    import kept
"""
    assert [found.module for found in parse(tmp_path, text).imports] == ["airflow", "kept"]
