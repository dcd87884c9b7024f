import dataclasses
from datetime import UTC, date, datetime, timedelta, timezone

from mlopsctl.core import model
from mlopsctl.core.model import DagRun, PlannedRun
from mlopsctl.core.states import RunAction, RunState

SEOUL = timezone(timedelta(hours=9))


def test_ds_is_the_utc_date_of_the_logical_date() -> None:
    midnight = PlannedRun(date(2024, 1, 1), datetime(2024, 1, 1, tzinfo=SEOUL), RunAction.NEW)
    nine = PlannedRun(date(2024, 1, 1), datetime(2024, 1, 1, 9, tzinfo=SEOUL), RunAction.NEW)
    assert (midnight.ds, nine.ds) == ("2023-12-31", "2024-01-01")


def test_run_has_a_duration_once_it_has_ended() -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    assert DagRun("r", start, RunState.RUNNING, start=start).seconds is None
    assert DagRun("r", start, RunState.SUCCESS, start=start, end=start + timedelta(seconds=90)).seconds == 90


def test_all_types_are_frozen() -> None:
    types = [found for found in vars(model).values() if dataclasses.is_dataclass(found) and isinstance(found, type)]
    assert len(types) > 8
    assert all(found.__dataclass_params__.frozen for found in types)  # type: ignore[attr-defined]
