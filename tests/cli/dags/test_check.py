"""`mlopsctl dags check`: its formats and exit codes."""

import json
from pathlib import Path

import pytest

from mlopsctl.cli.dags import check as cli_check
from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.check.finding import Finding
from tests.conftest import call_cli, screen

AIRFLOW_2 = """\
from airflow import DAG

dag = DAG("d", schedule_interval=None)
"""
WARNING = "from airflow.operators.bash import BashOperator\n\nBashOperator(task_id='x')\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.py").write_text(AIRFLOW_2, encoding="utf-8")
    return Path("d.py")


def test_text_has_position_severity_rule_and_hint(file: Path) -> None:
    ran = call_cli("dags", "check", file)
    assert ran.code == 1
    assert ran.out.endswith(
        screen("""
        d.py:3:16: error: `schedule_interval` is removed in Airflow 3.0 [AIR301]
          hint: Use `schedule` instead
        """)
    )


def test_json_is_one_envelope(file: Path) -> None:
    for words in (["--json"], ["--format", "json"]):
        ran = call_cli("dags", "check", file, *words)
        found = json.loads(ran.out)
        assert (ran.code, found["command"], found["status"]) == (1, "dags check", "error")
        error = found["data"]["findings"][-1]
        assert error == {
            "file": "d.py",
            "line": 3,
            "column": 16,
            "rule": "AIR301",
            "severity": "error",
            "message": "`schedule_interval` is removed in Airflow 3.0",
            "hint": "Use `schedule` instead",
        }


def test_annotations_have_paths_below_the_current_directory(file: Path) -> None:
    ran = call_cli("dags", "check", file.absolute(), "--format", "github")
    assert "::error file=d.py,line=3,col=16,title=AIR301::`schedule_interval`" in ran.out


def test_annotations_escape_what_github_decodes() -> None:
    finding = Finding(Path("a,b:c%.py"), 1, 2, "rule", Severity.WARNING, "100%, line one\r\nline: two")
    assert cli_check._annotation(finding) == (
        "::warning file=a%2Cb%3Ac%25.py,line=1,col=2,title=rule::100%25, line one%0D%0Aline: two"
    )


def test_warnings_alone_are_no_failure(file: Path) -> None:
    file.write_text(WARNING, encoding="utf-8")
    ran = call_cli("dags", "check", file)
    assert ran.code == 0
    assert "[AIR312]" in ran.out


def test_missing_path_is_wrong_usage(file: Path) -> None:
    assert call_cli("dags", "check", file, "none.py").code == 2
    assert call_cli("dags", "check").code == 2


def test_names_are_checked_against_the_settings_of_an_astro_project(file: Path) -> None:
    file.write_text("from airflow.sdk import Variable\nVariable.get('x')\nVariable.get('y')\n", encoding="utf-8")
    assert call_cli("dags", "check", file).out == ""
    settings = "airflow:\n  variables:\n  - variable_name: x\n    variable_value: '1'\n"
    Path("airflow_settings.yaml").write_text(settings, encoding="utf-8")
    ran = call_cli("dags", "check", file)
    assert (ran.code, ran.out.count("[undefined-variable]")) == (0, 1)
    Path("variables.json").write_text('{"y": "1"}', encoding="utf-8")
    ran = call_cli("dags", "check", file, "--variables", "variables.json")
    assert (ran.code, ran.out.count("[undefined-variable]")) == (1, 1)


@pytest.mark.parametrize("option", ["--requirements", "--connections", "--variables"])
def test_missing_file_is_wrong_usage(file: Path, option: str) -> None:
    assert call_cli("dags", "check", file, option, "none.json").code == 2


def test_number_of_files_is_shown(file: Path) -> None:
    assert call_cli("dags", "check", file).err == "1 error, 1 warning in 1 file\n"
    Path("empty").mkdir()
    ran = call_cli("dags", "check", "empty")
    assert (ran.code, ran.out, ran.err.startswith("warning: ")) == (0, "", True)
