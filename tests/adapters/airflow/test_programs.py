"""How Airflow's components are started."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mlopsctl.adapters.airflow import programs as airflow_cli
from mlopsctl.adapters.airflow.programs import AirflowCli
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.paths import Home


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


@pytest.fixture
def failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], MlopsctlError]:
    """The error of a script with that code, run by a home's Python."""
    home = Home(tmp_path / "home")
    home.python.parent.mkdir(parents=True)
    home.python.symlink_to(sys.executable)
    home.logs.mkdir()
    monkeypatch.setattr(airflow_cli, "SCRIPTS", tmp_path)

    def run(code: str) -> MlopsctlError:
        (tmp_path / "export.py").write_text(code)
        with pytest.raises(MlopsctlError) as caught:
            AirflowCli(home).script("export", {})
        assert caught.value.hint.text() == f"cat '{home.logs}/export.log'"
        return caught.value

    return run


# As SQLAlchemy 2.0 and psycopg2 say it.
AWAY = """\
Traceback (most recent call last):
  File "metadata.py", line 13, in <module>
psycopg2.OperationalError: connection to server at "127.0.0.1", port 1 failed: Connection refused
\tIs the server running on that host and accepting TCP/IP connections?

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "metadata.py", line 13, in <module>
sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to server at "127.0.0.1", port 1 failed: refused
\tIs the server running on that host and accepting TCP/IP connections?

(Background on this error at: https://sqlalche.me/e/20/e3q8)
"""
NO_TABLE = """\
Traceback (most recent call last):
sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedTable) relation "dag" does not exist
LINE 1: SELECT 1 FROM dag
[SQL: SELECT 1 FROM dag]
(Background on this error at: https://sqlalche.me/e/20/f405)
"""


def test_a_database_that_is_away_may_come_back(failing: Callable[[str], MlopsctlError]) -> None:
    error = failing(f"raise SystemExit({AWAY!r})")
    assert isinstance(error, Unavailable)
    assert error.message == (
        "export.py, run by Airflow's Python, failed: sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) "
        'connection to server at "127.0.0.1", port 1 failed: refused'
    )


def test_what_the_database_refuses_does_not_pass_by_itself(failing: Callable[[str], MlopsctlError]) -> None:
    error = failing(f"raise SystemExit({NO_TABLE!r})")
    assert not isinstance(error, Unavailable)
    assert error.message.endswith(
        'failed: sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedTable) relation "dag" does not exist'
    )


def test_the_reason_is_the_last_line_and_the_log_has_all(
    failing: Callable[[str], MlopsctlError], tmp_path: Path
) -> None:
    error = failing("import sys; print('talk'); sys.exit('a word\\nthe key does not open it')")
    assert error.message == "export.py, run by Airflow's Python, failed: the key does not open it"
    assert (tmp_path / "home/logs/export.log").read_text() == "talk\na word\nthe key does not open it\n"


@pytest.mark.parametrize("end", ["sys.exit('and then it died')", "sys.stdout.flush(); os.kill(os.getpid(), 9)"])
def test_an_answer_stands_in_no_log_and_in_no_message(
    failing: Callable[[str], MlopsctlError], tmp_path: Path, end: str
) -> None:
    error = failing(f"import os, sys; print('talk\\n' + '{{\"password\": \"s3cret\"}}'); {end}")
    assert "s3cret" not in error.message
    log = (tmp_path / "home/logs/export.log").read_text()
    assert "talk" in log and "s3cret" not in log


def test_a_script_that_was_started_before_there_were_words_for_it_gets_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    home.python.parent.mkdir(parents=True)
    home.python.symlink_to(sys.executable)
    (tmp_path / "echo.py").write_text(
        "import json, os, sys\nprint(json.dumps({'pid': os.getpid(), 'words': json.load(sys.stdin)}))\n"
    )
    monkeypatch.setattr(airflow_cli, "SCRIPTS", tmp_path)
    airflow = AirflowCli(home)
    airflow.warm("echo")
    answer, other = airflow.script("echo", {"a": 1}), airflow.script("echo", {"b": 2})
    assert answer["words"] == {"a": 1} and other["words"] == {"b": 2}
    assert answer["pid"] != other["pid"]


def test_where_no_airflow_is_installed_nothing_is_started(tmp_path: Path) -> None:
    airflow = AirflowCli(Home(tmp_path))
    airflow.warm("schedule")
    assert airflow == AirflowCli(Home(tmp_path)) and not airflow._begun
