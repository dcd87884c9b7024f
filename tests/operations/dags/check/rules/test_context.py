import textwrap
from pathlib import Path

import pytest

from mlopsctl.operations.dags.check import run
from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.rules.context import RULE
from mlopsctl.operations.dags.migrate.edits import apply

OPERATOR = "PythonOperator(task_id='t', python_callable=f)\n"


def find(folder: Path, code: str) -> tuple[list[Finding], str]:
    path = folder / "dag.py"
    text = textwrap.dedent(code)
    path.write_text(text, encoding="utf-8")
    found = [finding for finding in run.check([path]) if finding.rule == RULE]
    return found, apply(text, found)[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("k['execution_date']", 'k["logical_date"]'),
        ("k.get('execution_date').day", 'k["logical_date"].day'),
        ("k['yesterday_ds']", 'k["macros"].ds_add(k["ds"], -1)'),
        ("k['next_ds']", 'k["data_interval_end"].strftime("%Y-%m-%d")'),
        ("f\"{k['execution_date']:%Y} {x}\"", "f\"{k['logical_date']:%Y} {x}\""),
        ("f'{k[\"tomorrow_ds\"]}'", 'f\'{k["macros"].ds_add(k["ds"], 1)}\''),
        ("k['dag_run'].execution_date", "k['dag_run'].logical_date"),
        ("k['ti'].execution_date", 'k["logical_date"]'),
        (
            "not k['dag_run'].external_trigger",
            'not (k[\'dag_run\'].run_type in ("manual", "operator_triggered"))',
        ),
    ],
)
def test_item_of_the_context_is_rewritten(tmp_path: Path, before: str, after: str) -> None:
    code = "def f(**k):\n    x = 1\n    return {}\n" + OPERATOR
    assert find(tmp_path, code.replace("{}", before))[1] == code.replace("{}", after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "def f(execution_date: datetime, **k):\n    g(execution_date.day, f'{execution_date} execution_date')\n",
            "def f(logical_date: datetime, **k):\n    g(logical_date.day, f'{logical_date} execution_date')\n",
        ),
        (
            "def f(a, yesterday_ds: str = None, *, b=1):\n    g(yesterday_ds)\n",
            "def f(a, macros=None, ds = None, *, b=1):\n    g(macros.ds_add(ds, -1))\n",
        ),
        (
            "def f(ds, yesterday_ds):\n    g(ds, yesterday_ds)\n",
            "def f(ds, macros):\n    g(ds, macros.ds_add(ds, -1))\n",
        ),
        (
            "def f(dag_run, ti):\n    g(dag_run.execution_date)\n",
            "def f(dag_run, ti):\n    g(dag_run.logical_date)\n",
        ),
    ],
)
def test_parameter_is_replaced_by_what_it_is_computed_from(tmp_path: Path, before: str, after: str) -> None:
    found = find(tmp_path, before + OPERATOR)[1]
    assert found.replace("ds=None", "ds = None").replace("macros = None", "macros=None") == after + OPERATOR


@pytest.mark.parametrize(
    "code",
    [
        "def f(context):\n    g(context['execution_date'])\n",
        "class A(BaseOperator):\n    def execute(self, context):\n        g(context['execution_date'])\n",
        "@task\ndef f(**k):\n    g(k['execution_date'])\n",
        "@task.branch(task_id='x')\ndef f():\n    k = get_current_context()\n    g(k['execution_date'])\n",
        "PythonOperator(python_callable=lambda **k: k['execution_date'])\n",
        "DAG('d', on_failure_callback=f)\ndef f(k, **x):\n    g(x['execution_date'])\n",
    ],
)
def test_functions_that_get_the_context_are_known(tmp_path: Path, code: str) -> None:
    assert find(tmp_path, code)[1].count("logical_date") == 1


def test_function_of_another_file_is_known_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text("def run_job(**k):\n    return k['execution_date'].date()\n", encoding="utf-8")
    code = "from jobs import run_job as load\nPythonOperator(task_id='t', python_callable=load)\n"
    (tmp_path / "dag.py").write_text(code, encoding="utf-8")
    (found,) = [finding for finding in run.check([tmp_path]) if finding.rule == RULE]
    assert (found.file.name, found.line) == ("jobs.py", 2)


@pytest.mark.parametrize(
    "code",
    [
        "def f(**k):\n    g(k['execution_date'])\n",
        "def f(execution_date):\n    g(execution_date)\n",
        "def f(conf):\n    g(conf)\nPythonOperator(task_id='t', python_callable=f, op_kwargs={'conf': 1})\n",
        "@task\ndef f(conf):\n    g(conf)\nf(conf={})\n",
        f"def f(test_mode=None):\n    g(test_mode)\n{OPERATOR}",
        f"def f(**k):\n    k['next_ds'] = 1\n    g(k['ds'], k['logical_date'])\n{OPERATOR}",
    ],
)
def test_other_uses_of_the_names_are_not_reported(tmp_path: Path, code: str) -> None:
    assert find(tmp_path, code)[0] == []


@pytest.mark.parametrize(
    "code",
    [
        "def f(**k):\n    g(k['conf'])\n",
        "def f(**k):\n    g(k.get('next_ds', 1))\n",
        "def f(ti):\n    g(ti.execution_date)\n",
        "def f(dag_run):\n    dag_run.get_task_instances()\n",
        "def f(execution_date):\n    execution_date = execution_date.date()\n",
    ],
)
def test_use_without_an_equivalent_is_reported_only(tmp_path: Path, code: str) -> None:
    found, _ = find(tmp_path, code + OPERATOR)
    assert [finding.edits for finding in found] == [()]
