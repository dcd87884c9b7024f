"""What ruff finds, as findings of ours."""

from pathlib import Path

import pytest

from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.project import read
from mlopsctl.operations.dags.check.rules.airflow2_code import check_airflow2_code

CODE = """\
from airflow import DAG
from airflow.utils.dates import days_ago

naïve = "é"; dag = DAG("d", schedule_interval="@daily", start_date=days_ago(1))
"""


def check(folder: Path, content: bytes) -> tuple[str, list[Finding]]:
    """The decoded text, and the findings without those about imports of names that still work."""
    (folder / "d.py").write_bytes(content)
    project = read([folder])
    found = check_airflow2_code(project)
    return project.sources[0].text, [finding for finding in found if finding.severity is Severity.ERROR]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(CODE.encode(), id="utf-8"),
        pytest.param(b"\xef\xbb\xbf" + CODE.encode(), id="byte-order-mark"),
        pytest.param(CODE.replace("\n", "\r\n").encode(), id="windows"),
        pytest.param(f"# coding: latin-1\n{CODE}".encode("latin-1"), id="latin-1"),
    ],
)
def test_positions_and_edits_fit_the_decoded_file(tmp_path: Path, content: bytes) -> None:
    text, (argument, function) = check(tmp_path, content)
    assert (argument.rule, argument.column, function.column) == ("AIR301", 29, 68)
    (edit,) = argument.edits
    assert text[edit.start : edit.end] == "schedule_interval"
    assert (edit.text, argument.hint) == ("schedule", "Use `schedule` instead")


def test_what_ruff_cannot_fix_has_a_hint_too(tmp_path: Path) -> None:
    _, (_, function) = check(tmp_path, CODE.encode())
    assert function.hint == "use pendulum.today().subtract(days=N) instead of days_ago(N)"


def test_what_still_works_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text("from airflow import DAG\nDAG('d')\n", encoding="utf-8")
    (finding,) = check_airflow2_code(read([tmp_path]))
    assert (finding.severity, finding.rule, bool(finding.edits)) == (Severity.WARNING, "AIR311", True)
    assert "deprecated" in finding.message
    assert "still works" not in finding.message


def test_configuration_of_the_project_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text("exclude = ['*']\n[lint]\nignore = ['AIR']\n", encoding="utf-8")
    _, found = check(tmp_path, CODE.encode())
    assert len(found) == 2


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("from airflow.operators.subdag import SubDagOperator", "AIR301"),
        ("from airflow.operators.dummy import DummyOperator", "AIR302"),
        ("from airflow.utils.decorators import apply_defaults", "airflow-2-import"),
        ("from airflow.operators import bash_operator", "airflow-2-import"),
        ("import airflow.hooks.base_hook", "airflow-2-import"),
        ("from airflow.providers.mysql.operators.mysql import MySqlOperator", "airflow-2-import"),
        ("from airflow.providers.http.operators.http import SimpleHttpOperator", "airflow-2-import"),
        ("def task():\n    from airflow.models import TaskFail", "airflow-2-import"),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\n\n# end"])
def test_unused_imports_that_fail_are_errors(tmp_path: Path, line: str, rule: str, end: str) -> None:
    text, (finding,) = check(tmp_path, (line + end).encode())
    assert (finding.rule, finding.line) == (rule, line.count("\n") + 1)
    assert all(edit.end <= len(text) for edit in finding.edits)
    assert finding.hint or rule == "AIR302"


@pytest.mark.parametrize(
    "text",
    [
        "from airflow.sdk import DAG",
        "from airflow.operators.python import PythonOperator",
        "try:\n    from airflow.sdk import chain\nexcept ImportError:\n    from airflow.utils.helpers import chain",
        "if AIRFLOW_V_3_0_PLUS:\n    from airflow.sdk import Asset\nelse:\n    from airflow.datasets import Dataset",
        "from airflow_extras.datasets import Dataset",
        "from airflow.decorators import task_group",
        "from airflow.operators.email import EmailOperator",
    ],
)
def test_imports_that_work_are_no_errors(tmp_path: Path, text: str) -> None:
    assert check(tmp_path, text.encode())[1] == []


def test_deprecated_name_of_a_module_that_is_gone_is_an_error(tmp_path: Path) -> None:
    _, (finding,) = check(tmp_path, b"from airflow.datasets import Dataset\nDataset('x')\n")
    assert (finding.rule, "removed" in finding.message) == ("AIR311", True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from airflow.utils.decorators import apply_defaults  \r\nx = 1\n", "x = 1\n"),
        ("from airflow.models import DAG, TaskFail as T\nDAG\n", "from airflow.models import DAG\nDAG\n"),
        ("from airflow.models import TaskFail\nTaskFail\n", None),
        ("from airflow.models import TaskFail  # needed\nx = 1\n", None),
        ("import os; from airflow.models import TaskFail\nx = 1\n", None),
    ],
)
def test_imports_that_nothing_uses_are_removed(tmp_path: Path, before: str, after: str | None) -> None:
    (tmp_path / "d.py").write_bytes(before.encode())
    findings = [f for f in check_airflow2_code(read([tmp_path])) if f.rule == "airflow-2-import"]
    edits = [edit for finding in findings for edit in finding.edits]
    assert len(findings) == 1
    assert [before[: e.start] + e.text + before[e.end :] for e in edits] == ([] if after is None else [after])
