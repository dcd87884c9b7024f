"""The progress of a backfill on a terminal and in a log."""

from collections.abc import Generator
from io import StringIO

import pytest
from rich.console import Console

from mlopsctl.cli._common.output import Output
from mlopsctl.cli.backfill.progress_view import follow, picture
from mlopsctl.core.errors import TimedOut
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message
from mlopsctl.operations.backfill.execution.progress import Progress
from mlopsctl.operations.backfill.execution.run_counts import RunCounts
from mlopsctl.operations.backfill.execution.task_counts import TaskCounts


def steps(*counts: RunCounts, apart: float = 1.0) -> Generator[Progress, None, None]:
    return (Progress(c, n * apart) for n, c in enumerate(counts))


def shown(step: Progress) -> list[str]:
    """On a terminal of 80 columns."""
    console = Console(record=True, width=80, color_system=None, file=StringIO())
    console.print(picture(Output(program="mlopsctl --home /h"), "d", step))
    return console.export_text().splitlines()


def test_log_gets_a_line_at_every_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    counts = [RunCounts(success=n, queued=100 - n) for n in range(101)]
    last, error = follow(Output(color=False), "d", steps(*counts, apart=0.01))
    assert last and last.counts.success == 100 and not error
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == [f"{n}/100" for n in range(10, 101, 10)]
    assert lines[0] == "10/100 runs  10 done, 0 failed, 0 running, 90 queued  0.1 s"


def test_log_counts_tasks_if_their_number_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    tasks = [TaskCounts(n, 70) for n in range(0, 71, 7)]
    follow(Output(color=False), "d", (Progress(RunCounts(running=10), n / 10, tasks=t) for n, t in enumerate(tasks)))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == [f"{n}/70" for n in range(7, 71, 7)]
    assert lines[0] == "7/70 tasks, 0/10 runs  0 done, 0 failed, 10 running, 0 queued  0.1 s"


def test_log_gets_a_line_after_long_silence_and_for_each_new_message(capsys: pytest.CaptureFixture[str]) -> None:
    follow(Output(color=False), "d", steps(*[RunCounts(queued=5)] * 100))
    assert [line.rpartition("  ")[2] for line in capsys.readouterr().err.splitlines()] == ["11 s", "32 s", "1 min 13 s"]
    messages = (Message(f"no answer for {n} s") for n in range(50))
    follow(Output(color=False), "d", (Progress(RunCounts(queued=5), 0.1, message=message) for message in messages))
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_log_line_has_the_command_of_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    message = Message("d is paused", hint=Hint.of("backfills", "resume", 7))
    follow(
        Output(program="mlopsctl --home /h"), "d", (Progress(RunCounts(queued=5), 1.0, message=m) for m in [message])
    )
    line = capsys.readouterr().err.rstrip()
    assert line.endswith("1.0 s  d is paused  hint: mlopsctl --home /h backfills resume 7")


def test_terminal_shows_a_bar() -> None:
    message = Message("no heartbeat", hint=Hint.of("status"))
    lines = shown(Progress(RunCounts(success=3, failed=1, running=2, queued=4), 65, eta=9.5, message=message))
    assert lines[0].startswith("d  ━") and lines[0].rstrip().endswith("4/10 runs")
    assert lines[1:] == [
        "3 done, 1 failed, 2 running, 4 queued", "1 min 05 s, 9.5 s left", "no heartbeat",
        "hint: mlopsctl --home /h status",
    ]  # fmt: skip


def test_terminal_shows_the_rate_the_slowest_task_and_the_chunk() -> None:
    step = Progress(
        RunCounts(success=3, running=2, queued=4, waiting=1), 65, eta=9.5, rate=24.4,
        tasks=TaskCounts(31, 70, 2, "train", 12.3), chunk="2 of 12: 2024-02-01 … 2024-02-29",
    )  # fmt: skip
    lines = shown(step)
    assert lines[0].rstrip().endswith("31/70 tasks, 3/10 runs") and len(lines[0].rstrip()) <= 80
    assert lines[1:] == [
        "3 done, 0 failed, 2 running, 2 up for retry, 4 queued, 1 not created yet",
        "1 min 05 s, 9.5 s left; 24 runs a minute; slowest task: train, 12 s",
        "chunk 2 of 12: 2024-02-01 … 2024-02-29",
    ]


def test_follow_returns_what_ended_it_early() -> None:
    def fail(error: BaseException) -> Generator[Progress, None, None]:
        yield Progress(RunCounts(queued=1), 1.0)
        raise error

    for error in (TimedOut("timed out"), KeyboardInterrupt()):
        last, found = follow(Output(quiet=True), "d", fail(error))
        assert last and found is error


def test_ctrl_c_while_a_line_is_written_closes_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []

    def endless() -> Generator[Progress, None, None]:
        try:
            while True:
                yield Progress(RunCounts(queued=1), 60.0)
        finally:
            closed.append(True)

    def interrupt(*_: object) -> None:
        assert not closed
        raise KeyboardInterrupt

    monkeypatch.setattr(Output, "say", interrupt)
    _, error = follow(Output(color=False), "d", endless())
    assert isinstance(error, KeyboardInterrupt) and closed
