import dataclasses
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from mlopsctl.core import model
from mlopsctl.core.model import DagRun, PlannedRun
from mlopsctl.core.states import RunAction, RunState, StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step

SEOUL = timezone(timedelta(hours=9))


def test_a_plan_is_empty_where_nothing_is_left_to_do() -> None:
    assert Plan(()).empty
    assert Plan((PlannedStep("seed", ""), PlannedStep("start", ""))).empty
    assert not Plan((PlannedStep("seed", ""), PlannedStep("start", "six services"))).empty


def test_ds_is_the_utc_date_of_the_logical_date() -> None:
    midnight = PlannedRun(date(2024, 1, 1), datetime(2024, 1, 1, tzinfo=SEOUL), RunAction.NEW)
    nine = PlannedRun(date(2024, 1, 1), datetime(2024, 1, 1, 9, tzinfo=SEOUL), RunAction.NEW)
    assert (midnight.ds, nine.ds) == ("2023-12-31", "2024-01-01")


def test_a_run_has_a_duration_only_when_it_has_ended() -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    assert DagRun("r", start, RunState.RUNNING, start=start).seconds is None
    assert DagRun("r", start, RunState.SUCCESS, start=start, end=start + timedelta(seconds=90)).seconds == 90


def test_every_noun_is_frozen() -> None:
    nouns = [noun for noun in vars(model).values() if dataclasses.is_dataclass(noun) and isinstance(noun, type)]
    assert len(nouns) > 8
    assert all(noun.__dataclass_params__.frozen for noun in nouns)  # type: ignore[attr-defined]
    with pytest.raises(dataclasses.FrozenInstanceError):
        Step("seed", StepState.OK).state = StepState.FAILED  # type: ignore[misc]
