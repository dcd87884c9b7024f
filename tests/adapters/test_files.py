import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mlopsctl.adapters import files
from mlopsctl.core.errors import MlopsctlError

HOLD = """
import sys, time
from pathlib import Path
from mlopsctl.adapters.files import locked
with locked(Path(sys.argv[1]), "setup"):
    print("held", flush=True)
    time.sleep(60)
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_write_creates_folders_and_sets_permissions(tmp_path: Path) -> None:
    path = tmp_path / "한글 폴더" / "deep" / "file"
    files.write(path, "text", 0o640)
    assert (path.read_text(encoding="utf-8"), mode(path)) == ("text", 0o640)
    files.write(path, "other")
    assert (path.read_text(encoding="utf-8"), mode(path)) == ("other", 0o600)


def test_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.write(path, "old")
    with pytest.raises(UnicodeEncodeError):
        files.write(path, "new \udcff")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_unchanged_content_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert files.write_if_changed(path, "text")
    before = path.stat().st_ino
    assert not files.write_if_changed(path, "text")
    assert path.stat().st_ino == before
    assert files.write_if_changed(path, "other")
    assert path.read_text(encoding="utf-8") == "other"


def test_secret_is_generated_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "admin-password"
    made = files.make_secret(path)
    assert len(made) >= 32
    assert files.make_secret(path) == files.read_secret(path) == made
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_two_secrets_differ(tmp_path: Path) -> None:
    assert files.make_secret(tmp_path / "one") != files.make_secret(tmp_path / "other")


def test_missing_secret_is_not_created_by_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "fernet-key"
    with pytest.raises(MlopsctlError) as caught:
        files.read_secret(path)
    assert caught.value.message == f"the secret {path} is missing."
    assert caught.value.hint.text() == "mlopsctl doctor --fix --only secrets"
    assert not path.parent.exists()


def test_spaces_around_a_secret_are_kept(tmp_path: Path) -> None:
    files.write(tmp_path / "password", " two words \n")
    assert files.read_secret(tmp_path / "password") == " two words "


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change owners")
def test_root_can_write_a_file_for_another_account(tmp_path: Path) -> None:
    files.write(tmp_path / "file", "text", owner="daemon")
    assert ((tmp_path / "file").owner(), (tmp_path / "file").group()) == ("daemon", "daemon")


def hold(lock: Path) -> "subprocess.Popen[str]":
    """A process that holds `lock` until it is killed."""
    holder = subprocess.Popen([sys.executable, "-c", HOLD, lock], stdout=subprocess.PIPE, text=True)
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    return holder


def test_lock_error_names_the_holder(tmp_path: Path) -> None:
    lock = tmp_path / "run" / "lock"
    holder = hold(lock)
    try:
        with pytest.raises(MlopsctlError) as caught, files.locked(lock, "backfill"):
            pytest.fail("both hold it")
        assert caught.value.message == f"mlopsctl setup (process {holder.pid}) is running in this home."
        assert (caught.value.code, caught.value.exit_code) == ("locked", 1)
    finally:
        holder.kill()
        holder.communicate()


def test_check_unlocked_does_not_change_the_file(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    holder = hold(lock)
    written = lock.read_text(encoding="utf-8")
    try:
        with pytest.raises(MlopsctlError, match=f"mlopsctl setup .process {holder.pid}. is running"):
            files.check_unlocked(lock)
    finally:
        holder.kill()
        holder.communicate()
    files.check_unlocked(lock)
    assert lock.read_text(encoding="utf-8") == written


def test_lock_is_released_when_its_holder_is_killed(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    holder = hold(lock)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with files.locked(lock, "backfill"):
        assert lock.read_text(encoding="utf-8") == f"mlopsctl backfill (process {os.getpid()})"


def test_child_processes_do_not_inherit_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with files.locked(lock, "start"):
        daemon = subprocess.Popen(["sleep", "30"])
    try:
        with files.locked(lock, "stop"):
            assert daemon.poll() is None
    finally:
        daemon.kill()
        daemon.wait()


def test_lock_is_released_after_an_exception(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), files.locked(tmp_path / "lock", "setup"):
            _ = 1 / 0


def test_tail_returns_the_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert files.tail(log) == ""
    log.write_text("".join(f"줄 {n}\n" for n in range(1000)))
    assert files.tail(log, 2) == "줄 998\n줄 999"
