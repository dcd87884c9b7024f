"""The command line and the calendar of `mlopsctl runs`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlopsctl.cli import runs
from mlopsctl.cli._common.output import Output
from mlopsctl.core.model import DagDetails, DagRun
from mlopsctl.core.states import RunState
from mlopsctl.operations.runs import RunCalendar
from tests.conftest import Ran

DAG = DagDetails("d", None, "Asia/Seoul", False, False, "/h/d.py")
AT = datetime(2023, 12, 31, 15, tzinfo=UTC)  # midnight of 2024-01-01 in Seoul


def run_at(day: int, state: str, seconds: float | None = 2.0) -> DagRun:
    end = AT + timedelta(seconds=seconds) if seconds is not None else None
    return DagRun(f"r{day}", AT + timedelta(days=day - 1), RunState(state), start=AT, end=end)


def test_missing_dag_is_a_usage_error(cli: Callable[..., Ran], tmp_path: Path) -> None:
    assert cli("--home", tmp_path, "runs").code == 2


def test_calendar_has_a_row_per_month_and_a_mark_per_day(capsys: pytest.CaptureFixture[str]) -> None:
    found = (run_at(1, "success"), run_at(1, "failed"), run_at(3, "running", None), run_at(31, "queued", None))
    runs._show_calendar(Output(color=False), RunCalendar(DAG, (*found, run_at(32, "success"))))
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "MONTH    1       5         10        15        20        25        30",
        f"2024-01  ✗ · ▶ {'· ' * 27}…",  # of two runs on a day the failed one is shown
        f"2024-02  ✓ {'· ' * 28}".rstrip(),
        "2 success, 1 failed, 1 running, 1 queued; average duration 2.0 s",
    ]


def test_data() -> None:
    manual = DagRun("x", None, RunState.SUCCESS)
    assert list(runs._data(RunCalendar(DAG, (run_at(1, "success"), manual)))) == [
        {"date": "2024-01-01", "logical_date": "2023-12-31T15:00:00+00:00", "run_id": "r1", "state": "success",
         "seconds": 2.0},
        {"date": None, "logical_date": None, "run_id": "x", "state": "success", "seconds": None},
    ]  # fmt: skip
