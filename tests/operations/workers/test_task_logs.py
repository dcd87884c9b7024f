"""Logs of tasks on their way from a worker host to the head."""

from contextlib import suppress
from pathlib import Path

import pytest

from mlopsctl.core.errors import UsageError
from mlopsctl.operations.workers import task_logs
from mlopsctl.operations.workers.task_logs import KEPT_SECONDS, ReceivedLogs, SentLogs

SHORT = "dag_id=d/attempt=1.log"
LOG = "dag_id=d/run_id=manual__2024-01-01T00:00:00+00:00/task_id=t/attempt=1.log"


@pytest.fixture
def head(tmp_path: Path) -> ReceivedLogs:
    return ReceivedLogs(tmp_path / "head/logs", "w1")


@pytest.fixture
def host(tmp_path: Path) -> SentLogs:
    return SentLogs(tmp_path / "worker/logs")


def received(head: ReceivedLogs, path: str = LOG) -> str:
    return (head.folder / f"{path}.{head.host}.log").read_text()


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
    assert received(head) == "one\ntwo\n"
    assert send(host, head) == 0


def test_long_logs_are_sent_in_parts(host: SentLogs, head: ReceivedLogs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_logs, "PART", 4)
    write(host.folder, "0123456789")
    assert [send(host, head) for _ in range(4)] == [1, 1, 1, 0]
    assert received(head) == "0123456789"


def test_after_a_restart_nothing_is_sent_twice(host: SentLogs, head: ReceivedLogs) -> None:
    write(host.folder, "one\n")
    send(host, head)
    write(host.folder, "two\n")
    host, head = SentLogs(host.folder), ReceivedLogs(head.folder, head.host)
    assert [send(host, head) for _ in range(3)] == [1, 1, 0]
    assert received(head) == "one\ntwo\n"


def test_hosts_that_run_the_same_try_have_files_of_their_own(head: ReceivedLogs) -> None:
    """A sensor that waits is continued on another host, or on the head itself. Airflow shows all of its files."""
    other = ReceivedLogs(head.folder, "w2")
    write(head.folder, "head\n")
    assert (head.append(LOG, 0, b"one\n"), other.append(LOG, 0, b"two\n"), head.append(LOG, 4, b"three\n")) == (
        4,
        4,
        10,
    )
    assert (received(head), received(other), (head.folder / LOG).read_text()) == ("one\nthree\n", "two\n", "head\n")
    shown = (head.folder / LOG).parent.glob("attempt=1.log*")
    assert sorted(path.name for path in shown) == ["attempt=1.log", "attempt=1.log.w1.log", "attempt=1.log.w2.log"]


@pytest.mark.parametrize(("host", "path"), [("w1", f"{SHORT}.w2"), ("w1", f"{SHORT}.w2.log"), ("x.w2", SHORT)])
def test_no_name_of_a_host_or_path_leads_to_the_file_of_another(head: ReceivedLogs, host: str, path: str) -> None:
    other = ReceivedLogs(head.folder, "w2")
    other.append(SHORT, 0, b"two\n")
    with suppress(UsageError):
        ReceivedLogs(head.folder, host).append(path, 4, b"forged\n")
        ReceivedLogs(head.folder, host).append(path, 0, b"forged\n")
    assert received(other, SHORT) == "two\n"


def test_a_file_that_the_head_refuses_is_not_sent_again(host: SentLogs, head: ReceivedLogs) -> None:
    write(host.folder, "one\n")
    other = host.folder / "dag_id=d/other.log"
    other.write_text("x")
    host.refused("dag_id=d/other.log")
    assert [send(host, head) for _ in range(2)] == [1, 0]
    other.write_text("longer")
    assert send(host, head) == 0


def test_only_logs_of_tasks_are_sent(host: SentLogs, head: ReceivedLogs) -> None:
    own = host.folder / "dag_processor/latest/etl.log"
    own.parent.mkdir(parents=True)
    own.write_text("one\n")
    assert send(host, head) == 0


@pytest.mark.parametrize(
    "path",
    [
        "",
        "etl.log",
        "dag_processor/latest/etl.log",
        "dag_id=d/../etl.log",
        "dag_id=d/\0.log",
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
    assert not head.folder.exists()


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
    assert received(head) == "one\n"
