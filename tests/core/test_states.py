import json

from mlopsctl.core.states import ACTIVE_RUN_STATES, ENDED_RUN_STATES, RunState, TaskState


def test_unknown_task_state_is_other() -> None:
    assert TaskState("running") is TaskState.RUNNING
    assert TaskState("hibernating") is TaskState.OTHER


def test_run_states_are_active_or_ended_or_none() -> None:
    assert {*ACTIVE_RUN_STATES, *ENDED_RUN_STATES, RunState.NONE} == set(RunState)


def test_states_are_their_values_in_json() -> None:
    assert json.dumps({"state": RunState.SUCCESS}) == '{"state": "success"}'
