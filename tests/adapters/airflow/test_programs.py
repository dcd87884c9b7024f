"""The command lines and the environment of Airflow's programs, and scripts run by its Python."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mlopsctl.adapters.airflow import programs as programs_module
from mlopsctl.adapters.airflow.programs import AirflowPrograms
from mlopsctl.adapters.airflow.release import find
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.paths import Home


def test_services_are_the_four_components_without_log_servers(tmp_path: Path) -> None:
    programs = {p.name: p for p in AirflowPrograms(Home(tmp_path)).services("127.0.0.1", 8080)}
    assert list(programs) == ["api-server", "scheduler", "dag-processor", "triggerer"]
    assert programs["api-server"].command[-6:] == ("--host", "127.0.0.1", "--port", "8080", "--workers", "1")
    assert "--skip-serve-logs" in programs["scheduler"].command
    assert "--skip-serve-logs" in programs["triggerer"].command
    assert {name: p.port for name, p in programs.items() if p.port} == {"api-server": 8080}


def test_the_api_server_and_the_scheduler_check_the_schema_of_the_metadata(tmp_path: Path) -> None:
    programs = AirflowPrograms(Home(tmp_path)).services("127.0.0.1", 8080)
    checked = {p.name: p.env.get("AIRFLOW__DATABASE__CHECK_MIGRATIONS", "True") for p in programs}
    assert checked == {"api-server": "True", "scheduler": "True", "dag-processor": "False", "triggerer": "False"}


def test_environment_holds_no_secret(tmp_path: Path) -> None:
    env = AirflowPrograms(Home(tmp_path)).env()
    assert set(env) == {"AIRFLOW_HOME", "PATH", "MLOPSCTL_HOME", "MLOPSCTL_PYTHON", "MLOPSCTL_ALERTS"}
    assert env["PATH"].startswith(f"{tmp_path}/venv/bin:")
    assert env["MLOPSCTL_HOME"] == str(tmp_path)


def test_environment_of_services_names_the_alerts(tmp_path: Path) -> None:
    assert AirflowPrograms(Home(tmp_path)).env()["MLOPSCTL_ALERTS"] == ""
    programs = AirflowPrograms(Home(tmp_path), ("email", "webhook")).services("127.0.0.1", 8080)
    assert {p.env["MLOPSCTL_ALERTS"] for p in programs} == {"email,webhook"}


def test_dag_files_learn_the_queue_of_the_head_and_the_storage(tmp_path: Path) -> None:
    worker = AirflowPrograms(Home(tmp_path), head_queue="head", storage="s3://b").worker(2, ("default",))
    assert (worker.env["MLOPSCTL_HEAD_QUEUE"], worker.env["MLOPSCTL_STORAGE"]) == ("head", "s3://b")


def test_services_do_not_depend_on_the_name_of_our_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("python", "python3", "python3.11"):
        (tmp_path / name).symlink_to(sys.executable)
    seen = []
    for name in ("python", "python3", "python3.11"):
        monkeypatch.setattr(sys, "executable", str(tmp_path / name))
        seen.append(AirflowPrograms(Home(tmp_path)).services("127.0.0.1", 8080))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][0].env["MLOPSCTL_PYTHON"] == str(tmp_path / "python3")


def test_another_python3_in_the_same_folder_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python3").write_text("another")
    (tmp_path / "python3.11").symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python3.11"))
    assert AirflowPrograms(Home(tmp_path)).env()["MLOPSCTL_PYTHON"] == str(tmp_path / "python3.11")


@pytest.fixture
def failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], MlopsctlError]:
    """The error of a script with that code, run by a home's Python."""
    home = Home(tmp_path / "home")
    home.python.parent.mkdir(parents=True)
    home.python.symlink_to(sys.executable)
    home.logs.mkdir()
    monkeypatch.setattr(programs_module, "SCRIPTS", tmp_path)

    def run(code: str) -> MlopsctlError:
        (tmp_path / "export.py").write_text(code)
        with pytest.raises(MlopsctlError) as caught:
            AirflowPrograms(home).run_script("export", {})
        assert caught.value.hint.line == f"cat {home.logs}/export.log"
        return caught.value

    return run


# As SQLAlchemy 2.0 and psycopg2 print it.
UNREACHABLE = """\
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


def test_unreachable_database_is_unavailable(failing: Callable[[str], MlopsctlError]) -> None:
    error = failing(f"raise SystemExit({UNREACHABLE!r})")
    assert isinstance(error, Unavailable)
    assert error.message == (
        "export.py, run by Airflow's Python, failed: sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) "
        'connection to server at "127.0.0.1", port 1 failed: refused'
    )


def test_sql_error_is_not_unavailable(failing: Callable[[str], MlopsctlError]) -> None:
    error = failing(f"raise SystemExit({NO_TABLE!r})")
    assert not isinstance(error, Unavailable)
    assert error.message.endswith(
        'failed: sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedTable) relation "dag" does not exist'
    )


def test_reason_is_the_last_line_and_the_log_has_everything(
    failing: Callable[[str], MlopsctlError], tmp_path: Path
) -> None:
    error = failing("import sys; print('talk'); sys.exit('a warning\\nthe key is wrong')")
    assert error.message == "export.py, run by Airflow's Python, failed: the key is wrong"
    assert (tmp_path / "home/logs/export.log").read_text() == "talk\na warning\nthe key is wrong\n"


@pytest.mark.parametrize("end", ["sys.exit('and then it died')", "sys.stdout.flush(); os.kill(os.getpid(), 9)"])
def test_answer_is_neither_in_the_log_nor_in_the_message(
    failing: Callable[[str], MlopsctlError], tmp_path: Path, end: str
) -> None:
    error = failing(f"import os, sys; print('talk\\n' + '{{\"password\": \"s3cret\"}}'); {end}")
    assert "s3cret" not in error.message
    log = (tmp_path / "home/logs/export.log").read_text()
    assert "talk" in log and "s3cret" not in log


def test_prestarted_script_gets_its_request_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    home.python.parent.mkdir(parents=True)
    home.python.symlink_to(sys.executable)
    (tmp_path / "echo.py").write_text(
        "import json, os, sys\nprint(json.dumps({'pid': os.getpid(), 'request': json.load(sys.stdin)}))\n"
    )
    monkeypatch.setattr(programs_module, "SCRIPTS", tmp_path)
    airflow = AirflowPrograms(home)
    airflow.prestart("echo")
    answer, other = airflow.run_script("echo", {"a": 1}), airflow.run_script("echo", {"b": 2})
    assert answer["request"] == {"a": 1} and other["request"] == {"b": 2}
    assert answer["pid"] != other["pid"]


def test_prestart_does_nothing_if_airflow_is_not_installed(tmp_path: Path) -> None:
    airflow = AirflowPrograms(Home(tmp_path))
    airflow.prestart("schedule")
    assert airflow == AirflowPrograms(Home(tmp_path)) and not airflow._prestarted


CONVERSATION = """
import json, os, sys
for line in sys.stdin:
    request = json.loads(line)
    if "die" in request:
        sys.exit(request["die"])
    print(json.dumps({"pid": os.getpid(), "request": request}), flush=True)
"""


def test_conversation_is_started_once_and_again_after_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    home.logs.mkdir()
    home.python.parent.mkdir(parents=True)
    home.python.symlink_to(sys.executable)
    (tmp_path / "talk.py").write_text(CONVERSATION)
    monkeypatch.setattr(programs_module, "SCRIPTS", tmp_path)
    airflow = AirflowPrograms(home)
    answers = [airflow.converse("talk", {"n": n}) for n in range(3)]
    assert [answer["request"] for answer in answers] == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert len({answer["pid"] for answer in answers}) == 1
    with pytest.raises(MlopsctlError, match=r"talk\.py, run by Airflow's Python, failed: no luck"):
        airflow.converse("talk", {"die": "no luck"})
    assert airflow.converse("talk", {"n": 3})["pid"] != answers[0]["pid"]


def test_services_of_airflow_2(tmp_path: Path) -> None:
    programs = {p.name: p for p in AirflowPrograms(Home(tmp_path), release=find("2.11.2")).services("127.0.0.1", 8080)}
    assert list(programs) == ["api-server", "scheduler", "dag-processor", "triggerer"]
    command = programs["api-server"].command
    assert command[-7:] == ("webserver", "--hostname", "127.0.0.1", "--port", "8080", "--workers", "2")
    assert "multiprocessing.connection" in programs["dag-processor"].command[2]
