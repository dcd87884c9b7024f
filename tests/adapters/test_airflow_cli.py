"""How Airflow's components are started."""

import sys
from pathlib import Path

import pytest

from mlopsctl.adapters.airflow_cli import AirflowCli
from mlopsctl.paths import Home


def test_each_component_is_one_program_and_no_log_server_listens(tmp_path: Path) -> None:
    programs = {p.name: p for p in AirflowCli(Home(tmp_path)).programs("127.0.0.1", 8080)}
    assert list(programs) == ["api-server", "scheduler", "dag-processor", "triggerer"]
    assert programs["api-server"].command[-6:] == ("--host", "127.0.0.1", "--port", "8080", "--workers", "1")
    assert "--skip-serve-logs" in programs["scheduler"].command
    assert "--skip-serve-logs" in programs["triggerer"].command
    assert {name: p.port for name, p in programs.items() if p.port} == {"api-server": 8080}


def test_the_environment_names_the_home_and_nothing_secret(tmp_path: Path) -> None:
    env = AirflowCli(Home(tmp_path)).env()
    assert set(env) == {"AIRFLOW_HOME", "PATH", "MLOPSCTL_HOME", "MLOPSCTL_PYTHON", "MLOPSCTL_ALERTS"}
    assert env["PATH"].startswith(f"{tmp_path}/venv/bin:")
    assert env["MLOPSCTL_HOME"] == str(tmp_path)


def test_every_component_knows_on_which_ways_failures_are_told(tmp_path: Path) -> None:
    assert AirflowCli(Home(tmp_path)).env()["MLOPSCTL_ALERTS"] == ""
    programs = AirflowCli(Home(tmp_path), ("email", "webhook")).programs("127.0.0.1", 8080)
    assert {p.env["MLOPSCTL_ALERTS"] for p in programs} == {"email,webhook"}


def test_programs_are_the_same_whichever_name_of_its_python_mlopsctl_was_called_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("python", "python3", "python3.11"):
        (tmp_path / name).symlink_to(sys.executable)
    seen = []
    for name in ("python", "python3", "python3.11"):
        monkeypatch.setattr(sys, "executable", str(tmp_path / name))
        seen.append(AirflowCli(Home(tmp_path)).programs("127.0.0.1", 8080))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][0].env["MLOPSCTL_PYTHON"] == str(tmp_path / "python3")


def test_a_python3_beside_it_that_is_another_one_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "python3").write_text("another")
    (tmp_path / "python3.11").symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python3.11"))
    assert AirflowCli(Home(tmp_path)).env()["MLOPSCTL_PYTHON"] == str(tmp_path / "python3.11")
