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


def test_a_file_has_its_rights_and_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "한글 폴더" / "deep" / "file"
    files.write(path, "text", 0o640)
    assert (path.read_text(encoding="utf-8"), mode(path)) == ("text", 0o640)
    files.write(path, "other")
    assert (path.read_text(encoding="utf-8"), mode(path)) == ("other", 0o600)


def test_a_write_that_fails_leaves_the_old_file_and_no_part(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.write(path, "old")
    with pytest.raises(UnicodeEncodeError):
        files.write(path, "new \udcff")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_there_already_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert files.write_if_changed(path, "text")
    before = path.stat().st_ino
    assert not files.write_if_changed(path, "text")
    assert path.stat().st_ino == before
    assert files.write_if_changed(path, "other")
    assert path.read_text(encoding="utf-8") == "other"


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "admin-password"
    made = files.make_secret(path)
    assert len(made) >= 32
    assert files.make_secret(path) == files.read_secret(path) == made
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_two_secrets_differ(tmp_path: Path) -> None:
    assert files.make_secret(tmp_path / "one") != files.make_secret(tmp_path / "other")


def test_a_secret_that_is_lost_is_not_made_by_who_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "fernet-key"
    with pytest.raises(MlopsctlError) as caught:
        files.read_secret(path)
    assert caught.value.message == f"the secret {path} is missing."
    assert caught.value.hint.text() == "mlopsctl doctor --fix --only secrets"
    assert not path.parent.exists()


def test_blanks_around_a_secret_belong_to_it(tmp_path: Path) -> None:
    files.write(tmp_path / "password", " two words \n")
    assert files.read_secret(tmp_path / "password") == " two words "


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_can_hand_a_file_to_an_account(tmp_path: Path) -> None:
    files.write(tmp_path / "file", "text", owner="daemon")
    assert ((tmp_path / "file").owner(), (tmp_path / "file").group()) == ("daemon", "daemon")


def hold(lock: Path) -> "subprocess.Popen[str]":
    """A process that holds `lock` until it is killed."""
    holder = subprocess.Popen([sys.executable, "-c", HOLD, lock], stdout=subprocess.PIPE, text=True)
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    return holder


def test_the_second_of_two_processes_learns_who_holds_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "run" / "lock"
    holder = hold(lock)
    try:
        with pytest.raises(MlopsctlError) as caught, files.locked(lock, "backfill"):
            pytest.fail("both are in")
        assert caught.value.message == f"mlopsctl setup (process {holder.pid}) is at work in this home."
        assert (caught.value.code, caught.value.exit_code) == ("locked", 1)
    finally:
        holder.kill()
        holder.communicate()


def test_who_only_looks_whether_a_lock_is_held_leaves_it_as_it_is(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    holder = hold(lock)
    written = lock.read_text(encoding="utf-8")
    try:
        with pytest.raises(MlopsctlError, match=f"mlopsctl setup .process {holder.pid}. is at work"):
            files.check_unlocked(lock)
    finally:
        holder.kill()
        holder.communicate()
    files.check_unlocked(lock)
    assert lock.read_text(encoding="utf-8") == written


def test_a_holder_that_is_killed_holds_nothing(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    holder = hold(lock)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with files.locked(lock, "backfill"):
        assert lock.read_text(encoding="utf-8") == f"mlopsctl backfill (process {os.getpid()})"


def test_a_program_that_is_left_running_does_not_keep_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with files.locked(lock, "start"):
        daemon = subprocess.Popen(["sleep", "30"])
    try:
        with files.locked(lock, "stop"):
            assert daemon.poll() is None
    finally:
        daemon.kill()
        daemon.wait()


def test_the_lock_is_free_after_a_failure_inside(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), files.locked(tmp_path / "lock", "setup"):
            _ = 1 / 0
