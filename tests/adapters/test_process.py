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


def test_it_hands_back_both_streams_and_the_exit_code() -> None:
    done = process.run(["sh", "-c", "echo out; echo 한글 >&2; exit 3"], check=False)
    assert done == process.Finished(3, "out\n", "한글\n")


def test_a_failure_is_a_sentence_with_the_programs_last_words() -> None:
    with pytest.raises(MlopsctlError) as caught:
        process.run(["sh", "-c", "seq 1 30 >&2; exit 7"])
    assert caught.value.message == "sh failed (exit 7): " + "\n".join(str(n) for n in range(19, 31))


def test_it_does_not_wait_longer_than_it_was_told() -> None:
    began = time.monotonic()
    with pytest.raises(MlopsctlError) as caught:
        process.run(["sleep", "30"], timeout=1)
    assert (caught.value.message, caught.value.code) == ("sleep did not end within 1 s.", "timeout")
    assert time.monotonic() - began < 5


def test_input_is_given_and_without_it_there_is_none() -> None:
    assert process.run(["cat"], input="한글").out == "한글"
    assert process.run(["cat"]).out == ""


def test_arguments_never_meet_a_shell() -> None:
    assert process.run(["printf", "%s", "$HOME; `id`"]).out == "$HOME; `id`"


def test_the_environment_is_free_of_other_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AIRFLOW_HOME", "AIRFLOW__CORE__FERNET_KEY", "PYTHONPATH", "PGPASSWORD", "MYSQL_PWD", "MLOPSCTL_HOME"):
        monkeypatch.setenv(name, "foreign")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    seen = process.run(["env"]).out
    assert "foreign" not in seen
    assert "HTTPS_PROXY=http://proxy:1\n" in seen and "PYTHONUTF8=1\n" in seen
    assert "EXTRA=1\n" in process.run(["env"], env=process.clean_env(EXTRA="1")).out


def test_programs_are_found_where_path_forgets_to_look(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "my program"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert process.find("my program", str(tmp_path)) == str(program)
    assert process.find("no such program") is None
    assert process.find("ldconfig") in ("/usr/sbin/ldconfig", "/sbin/ldconfig")


def test_lines_come_while_the_program_runs() -> None:
    coming = process.lines(["sh", "-c", "echo first; exec sleep 30"])
    began = time.monotonic()
    assert next(coming) == "first"
    assert time.monotonic() - began < 10
    coming.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 10, "a program that nobody reads is ended"


def test_lines_end_in_the_programs_failure() -> None:
    seen: list[str] = []
    with pytest.raises(MlopsctlError, match=r"sh failed \(exit 5\): one\ntwo"):
        seen.extend(process.lines(["sh", "-c", "echo one; echo two >&2; exit 5"]))


@root_only
def test_root_runs_it_under_the_account_that_was_named() -> None:
    nobody = pwd.getpwnam("daemon")
    assert process.run(["sh", "-c", "id -u; id -g"], user="daemon").out == f"{nobody.pw_uid}\n{nobody.pw_gid}\n"


def sleeps_below(pid: int) -> list[psutil.Process]:
    return [child for child in psutil.Process(pid).children(recursive=True) if child.name() == "sleep"]


def killed_with_its_parent(user: str) -> bool:
    """Start a process that waits for `sleep`, kill it hard, and see whether `sleep` ends within five seconds."""
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


def test_what_it_waits_for_dies_with_it() -> None:
    assert killed_with_its_parent("")


@root_only
def test_what_it_waits_for_under_another_account_dies_with_it() -> None:
    assert killed_with_its_parent("daemon")


def test_becoming_another_program_keeps_the_process() -> None:
    code = "import os; from mlopsctl.adapters.process import become; print(os.getpid(), flush=True); become(['/bin/sh', '-c', 'echo $$; echo $X'], {'X': '한'})"  # noqa: E501
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert said[0] == said[1] and said[2] == "한"
