"""Finding the error in a task's log."""

import json

import pytest
from support.task_log import NO_ERROR, find_error


def line(event: str, level: str = "error", **more: object) -> str:
    entry = {"timestamp": "2024-01-05T00:00:00Z", "level": level, "event": event, **more}
    return json.dumps(entry, ensure_ascii=False)


def exception(kind: str, message: str) -> str:
    return line("Task failed with exception", error_detail=[{"exc_type": kind, "exc_value": message, "frames": []}])


@pytest.mark.parametrize(
    ("log", "error"),
    [
        ([line("start", "info"), exception("KeyError", "'a'"), line("done", "info")], "KeyError: 'a'"),
        ([exception("KeyError", "'a'"), line("Failed to run task callback")], "KeyError: 'a'"),
        ([line("could not connect"), exception("KeyError", "'a'")], "KeyError: 'a'"),
        ([line("start", "info"), line("Task killed!", "critical")], "Task killed!"),
        ([line("start", "info"), '{"timestamp": "2024'], NO_ERROR),  # a truncated line
        ([exception("KeyError", "'a'"), '{"timestamp": "2024' + line("on", "info")], "KeyError: 'a'"),  # continued
        ([exception("KeyError", "'a'"), '{"level": "info"}'], "KeyError: 'a'"),  # JSON without an event
        ([exception("KeyError", "'값'"), '{"event": "\udcea\udcb0"}'], "KeyError: '값'"),  # truncated UTF-8
        ([exception("KeyError", "'a\u2028b'")], "KeyError: 'a\u2028b'"),  # U+2028 does not end a line
        ([], NO_ERROR),
    ],
)
def test_last_exception_or_error_is_found(log: list[str], error: str) -> None:
    assert find_error("\n".join(log).encode(errors="surrogateescape")) == error
