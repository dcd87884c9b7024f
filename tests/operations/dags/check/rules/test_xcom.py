import textwrap
from pathlib import Path

import pytest

from mlopsctl.operations.dags.check import run
from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.rules.xcom import RULE
from mlopsctl.operations.dags.migrate.edits import apply

PUSH = """\
KEY = 'rows'
def push(**context):
    context['ti'].xcom_push(key=KEY, value=1)
def push_other(ti):
    ti.xcom_push('other', 2)
first = PythonOperator(task_id='first', python_callable=push)
second = PythonOperator(task_id='second', python_callable=push_other)
"""


def find(folder: Path, code: str) -> tuple[list[Finding], str]:
    path = folder / "dag.py"
    text = textwrap.dedent(code)
    path.write_text(text, encoding="utf-8")
    found = [finding for finding in run.check([path]) if finding.rule == RULE]
    return found, apply(text, found)[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ti.xcom_pull(key='rows')", "ti.xcom_pull(task_ids=\"first\", key='rows')"),
        ("context['ti'].xcom_pull(key=KEY)", "context['ti'].xcom_pull(task_ids=\"first\", key=KEY)"),
        ("'{{ ti.xcom_pull(key=\"rows\") }}'", '\'{{ ti.xcom_pull(task_ids="first", key="rows") }}\''),
        ('"{{ ti.xcom_pull(key=\'" + KEY + "\') }}"', "\"{{ ti.xcom_pull(task_ids='first', key='\" + KEY + \"') }}\""),
        (
            "f\"{{{{ task_instance.xcom_pull(key='other')[0] }}}}\"",
            "f\"{{{{ task_instance.xcom_pull(task_ids='second', key='other')[0] }}}}\"",
        ),
    ],
)
def test_only_task_that_pushes_the_key_is_named(tmp_path: Path, before: str, after: str) -> None:
    assert find(tmp_path, f"{PUSH}x = {before}\n")[1] == f"{PUSH}x = {after}\n"


def test_id_of_a_decorated_task_is_found(tmp_path: Path) -> None:
    code = "@task(task_id='a')\ndef push(ti):\n    ti.xcom_push(key='k', value=1)\npush()\nx = ti.xcom_pull(key='k')\n"
    assert "xcom_pull(task_ids=\"a\", key='k')" in find(tmp_path, code)[1]


@pytest.mark.parametrize(
    "code",
    [
        "x = ti.xcom_pull()\n",
        "x = ti.xcom_pull(key='return_value')\n",
        "x = ti.xcom_pull(key='unknown')\n",
        "x = ti.xcom_pull(key=key())\n",
        "x = ti.xcom_pull(key='rows')\nthird = PythonOperator(task_id='third', python_callable=push)\n",
        "x = ti.xcom_pull(key='rows')\nti.xcom_push(key=other(), value=1)\n",
        "x = ti.xcom_pull(key='rows')\ndef helper(ti):\n    ti.xcom_push(key='rows', value=1)\n",
        "x = '{{ ti.xcom_pull() }}'\n",
    ],
)
def test_pull_is_reported_only_if_the_task_is_not_clear(tmp_path: Path, code: str) -> None:
    (found,) = find(tmp_path, PUSH + code)[0]
    assert found.edits == ()


@pytest.mark.parametrize(
    "code", ["ti.xcom_pull('a')", "ti.xcom_pull(task_ids=None)", "ti.xcom_pull(**x)", "'{{ ti.xcom_pull(\"a\") }}'"]
)
def test_pull_that_names_a_task_is_not_reported(tmp_path: Path, code: str) -> None:
    assert find(tmp_path, f"{PUSH}x = {code}\n")[0] == []
