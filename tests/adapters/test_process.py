import logging
import os
import pwd
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from mlopsctl.adapters import process
from mlopsctl.core.errors import MlopsctlError

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run under another account")
PARENT = """
import sys
from mlopsctl.adapters import process
process.run(["sleep", "60"], user=sys.argv[1] or None)
"""


def test_run_returns_both_streams_and_the_exit_code() -> None:
    done = process.run(["sh", "-c", "echo out; echo 한글 >&2; exit 3"], check=False)
    assert done == process.Completed(3, "out\n", "한글\n")


def test_failure_has_the_last_lines_of_the_output() -> None:
    with pytest.raises(MlopsctlError) as caught:
        process.run(["sh", "-c", "seq 1 30 >&2; exit 7"])
    assert caught.value.message == "sh failed (exit 7): " + "\n".join(str(n) for n in range(19, 31))


def test_timeout() -> None:
    began = time.monotonic()
    with pytest.raises(MlopsctlError) as caught:
        process.run(["sleep", "30"], timeout=1)
    assert (caught.value.message, caught.value.code) == ("sleep did not end within 1 s.", "timeout")
    assert time.monotonic() - began < 5


def test_input_is_empty_unless_given() -> None:
    assert process.run(["cat"], input="한글").out == "한글"
    assert process.run(["cat"]).out == ""


def test_arguments_are_not_interpreted_by_a_shell() -> None:
    assert process.run(["printf", "%s", "$HOME; `id`"]).out == "$HOME; `id`"


def test_environment_has_no_variables_of_other_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AIRFLOW_HOME", "AIRFLOW__CORE__FERNET_KEY", "PYTHONPATH", "PGPASSWORD", "MYSQL_PWD", "MLOPSCTL_HOME"):
        monkeypatch.setenv(name, "foreign")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    seen = process.run(["env"]).out
    assert "foreign" not in seen
    assert "HTTPS_PROXY=http://proxy:1\n" in seen and "PYTHONUTF8=1\n" in seen
    assert "EXTRA=1\n" in process.run(["env"], env=process.clean_env(EXTRA="1")).out


def test_variables_that_change_what_a_program_does_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("POSIXLY_CORRECT", "UV_EXCLUDE_NEWER", "UV_PYTHON", "GUNICORN_CMD_ARGS", "BASH_ENV", "LANGUAGE"):
        monkeypatch.setenv(name, "foreign")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("UV_INDEX_URL", "http://mirror:1/simple")
    env = process.clean_env()
    assert "foreign" not in env.values()
    assert (env["LC_ALL"], env["UV_INDEX_URL"]) == ("C.UTF-8", "http://mirror:1/simple")


def test_options_after_operands_are_options_under_posixly_correct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSIXLY_CORRECT", "1")
    assert process.run(["head", "/proc/uptime", "-c", "0"]).out == ""


def test_programs_are_found_outside_of_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "my program"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert process.find_program("my program", str(tmp_path)) == str(program)
    assert process.find_program("no such program") is None
    assert process.find_program("ldconfig") in ("/usr/sbin/ldconfig", "/sbin/ldconfig")


def test_lines_are_yielded_while_the_program_runs() -> None:
    coming = process.stream_lines(["sh", "-c", "echo first; exec sleep 30"])
    began = time.monotonic()
    assert next(coming) == "first"
    assert time.monotonic() - began < 10
    coming.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 10, "a program whose output is not read any more is killed"


def test_stream_lines_raises_at_the_end_if_the_program_failed() -> None:
    seen: list[str] = []
    with pytest.raises(MlopsctlError, match=r"sh failed \(exit 5\): one\ntwo"):
        seen.extend(process.stream_lines(["sh", "-c", "echo one; echo two >&2; exit 5"]))


@root_only
def test_root_can_run_a_program_under_another_account() -> None:
    daemon = pwd.getpwnam("daemon")
    assert process.run(["sh", "-c", "id -u; id -g"], user="daemon").out == f"{daemon.pw_uid}\n{daemon.pw_gid}\n"


def sleeps_below(pid: int) -> list[psutil.Process]:
    return [child for child in psutil.Process(pid).children(recursive=True) if child.name() == "sleep"]


def killed_with_its_parent(user: str) -> bool:
    """Kill a process that runs `sleep`: whether `sleep` ends within five seconds."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, user])
    deadline = time.monotonic() + 20
    while not (children := sleeps_below(parent.pid)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(children) == 1
    if user:
        assert children[0].username() == user
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    gone, alive = psutil.wait_procs(children, timeout=5)
    for child in alive:
        child.kill()
    return bool(gone)


def test_program_dies_with_its_parent() -> None:
    assert killed_with_its_parent("")


@root_only
def test_program_under_another_account_dies_with_its_parent() -> None:
    assert killed_with_its_parent("daemon")


def test_exec_keeps_the_process_id() -> None:
    code = "import os; from mlopsctl.adapters.process import exec_program; print(os.getpid(), flush=True); exec_program(['/bin/sh', '-c', 'echo $$; echo $X'], {'X': '한'})"  # noqa: E501
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert printed[0] == printed[1] and printed[2] == "한"


def test_programs_are_logged_with_exit_code_and_time_but_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "mlopsctl")
    process.run(
        ["sh", "-c", "exit 3", "--password=s3cret", "mysql://u:s3cret@h/db"],
        check=False,
        input="s3cret",
        env=process.clean_env(TOKEN="s3cret"),
    )
    (message,) = caplog.messages
    assert message.startswith("sh -c 'exit 3' '--password=***' 'mysql://u:***@h/db': exit 3, ") and message.endswith(
        " s"
    )
    assert "s3cret" not in caplog.text
