import dataclasses

import pytest

from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step


def test_plan_is_empty_if_no_step_has_anything_to_do() -> None:
    assert Plan(()).empty
    assert Plan((PlannedStep("seed", ""), PlannedStep("start", ""))).empty
    assert not Plan((PlannedStep("seed", ""), PlannedStep("start", "six services"))).empty


def test_steps_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Step("seed", StepState.OK).state = StepState.FAILED  # type: ignore[misc]
