"""Logs of tasks on their way from a worker host to the head."""

from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.operations.workers import task_logs
from mlopsctl.operations.workers.task_logs import KEPT_SECONDS, ReceivedLogs, SentLogs

LOG = "dag_id=d/run_id=manual__2024-01-01T00:00:00+00:00/task_id=t/attempt=1.log"


@pytest.fixture
def head(tmp_path: Path) -> ReceivedLogs:
    return ReceivedLogs(tmp_path / "head/logs", tmp_path / "head/workers/w1/logs.txt")


@pytest.fixture
def host(tmp_path: Path) -> SentLogs:
    return SentLogs(tmp_path / "worker/logs")


def write(folder: Path, text: str) -> None:
    (folder / LOG).parent.mkdir(parents=True, exist_ok=True)
    with (folder / LOG).open("a") as log:
        log.write(text)


def send(host: SentLogs, head: ReceivedLogs) -> int:
    """The number of parts."""
    parts = list(host.parts())
    for path, offset, content in parts:
        host.sent(path, head.append(path, offset, content))
    return len(parts)


def test_what_is_added_to_a_log_arrives(host: SentLogs, head: ReceivedLogs) -> None:
    for text in ("one\n", "two\n", ""):
        write(host.folder, text)
        send(host, head)
    assert (head.folder / LOG).read_text() == "one\ntwo\n"
    assert send(host, head) == 0


def test_long_logs_are_sent_in_parts(host: SentLogs, head: ReceivedLogs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_logs, "PART", 4)
    write(host.folder, "0123456789")
    assert [send(host, head) for _ in range(4)] == [1, 1, 1, 0]
    assert (head.folder / LOG).read_text() == "0123456789"


def test_after_a_restart_nothing_is_sent_twice(host: SentLogs, head: ReceivedLogs) -> None:
    write(host.folder, "one\n")
    send(host, head)
    write(host.folder, "two\n")
    host, head = SentLogs(host.folder), ReceivedLogs(head.folder, head.begun)
    assert [send(host, head) for _ in range(3)] == [1, 1, 0]
    assert (head.folder / LOG).read_text() == "one\ntwo\n"


def test_a_host_cannot_add_to_the_log_of_another(head: ReceivedLogs, tmp_path: Path) -> None:
    head.append(LOG, 0, b"one\n")
    other = ReceivedLogs(head.folder, tmp_path / "head/workers/w2/logs.txt")
    with pytest.raises(MlopsctlError) as caught:
        other.append(LOG, 4, b"forged\n")
    assert caught.value.code == "foreign-log"
    write(head.folder, "of the head itself\n")
    assert "forged" not in (head.folder / LOG).read_text()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/x.log",
        "../x.log",
        "a/../../x.log",
        "a/../x.log",
        "./x.log",
        "x.txt",
        "x",
        ".log",
        "a\nb.log",
        "a//b.log",
    ],
)
def test_a_path_outside_is_refused(head: ReceivedLogs, path: str) -> None:
    with pytest.raises(UsageError):
        head.append(path, 0, b"x")
    assert not head.begun.exists()


def test_old_logs_are_removed_when_the_head_has_them(host: SentLogs, head: ReceivedLogs) -> None:
    write(host.folder, "one\n")
    file = host.folder / LOG
    later = file.stat().st_mtime + KEPT_SECONDS + 1
    host.remove_old(later)
    assert file.exists(), "it was not sent"
    send(host, head)
    host.remove_old(later - 2)
    assert file.exists(), "it is not old"
    host.remove_old(later)
    assert list(host.folder.iterdir()) == []
    assert (head.folder / LOG).read_text() == "one\n"
