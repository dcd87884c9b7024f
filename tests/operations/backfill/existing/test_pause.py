from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import Backfill
from mlopsctl.core.states import BackfillState, EngineName, StepState
from mlopsctl.core.steps import Plan, Step
from mlopsctl.operations.backfill.existing import pause
from tests.adapters.airflow.metadb.test_client import BACKFILL
from tests.fake_api import FakeServer, api_v2

NATIVE = replace(BACKFILL, dag_paused=False)
PER_RUN = replace(NATIVE, id="a1b2c3", engine=EngineName.PER_RUN)
NATIVE_PAUSED = replace(NATIVE, state=BackfillState.PAUSED, record_paused=True)
PER_RUN_PAUSED = replace(PER_RUN, state=BackfillState.PAUSED, dag_paused=True)
RECORD, DAG = "PUT /api/v2/backfills/7", "PATCH /api/v2/dags/d"


def carry_out(folder: Path, verb: str, plan: Plan, backfill: Backfill, status: int = 200) -> tuple[list[str], Step]:
    """The requests to Airflow, and the last step."""
    server = FakeServer(
        {f"{RECORD}/{word}": (status, {"detail": "no"}) for word in ("pause", "unpause")} | {DAG: (200, {})}
    )
    steps = list(getattr(pause, verb)(plan, api_v2(folder, server), backfill))
    return [f"{r.method} {r.url.path} {r.content.decode()}".strip() for r in server.requests], steps[-1]


@pytest.mark.parametrize(
    ("backfill", "request_"), [(NATIVE, f"{RECORD}/pause"), (PER_RUN, f'{DAG} {{"is_paused":true}}')]
)
def test_native_backfill_is_paused_by_airflow_and_a_per_run_backfill_with_its_dag(
    tmp_path: Path, backfill: Backfill, request_: str
) -> None:
    plan = pause.plan_pause(backfill)
    assert not plan.empty
    requests, step = carry_out(tmp_path, "pause", plan, backfill)
    assert (requests, step.state) == ([request_], StepState.CHANGED)


@pytest.mark.parametrize("backfill", [NATIVE_PAUSED, PER_RUN_PAUSED, replace(NATIVE, state=BackfillState.DONE)])
def test_pausing_a_paused_or_ended_backfill_does_nothing(tmp_path: Path, backfill: Backfill) -> None:
    plan = pause.plan_pause(backfill)
    assert plan.empty and len(plan.notes) == 1
    requests, step = carry_out(tmp_path, "pause", plan, backfill)
    assert (requests, step.state) == ([], StepState.OK)


def test_native_backfill_of_a_paused_dag_can_be_paused_too() -> None:
    assert not pause.plan_pause(replace(NATIVE, state=BackfillState.PAUSED, dag_paused=True)).empty


@pytest.mark.parametrize(
    ("backfill", "request_"),
    [(NATIVE_PAUSED, f"{RECORD}/unpause"), (PER_RUN_PAUSED, f'{DAG} {{"is_paused":false}}')],
)
def test_resume_undoes_a_pause(tmp_path: Path, backfill: Backfill, request_: str) -> None:
    plan = pause.plan_resume(backfill, unpause=False)
    requests, step = carry_out(tmp_path, "resume", plan, backfill)
    assert (requests, step.state) == ([request_], StepState.CHANGED)


def test_resume_of_a_native_backfill_unpauses_its_dag_only_with_unpause(tmp_path: Path) -> None:
    both = replace(NATIVE_PAUSED, dag_paused=True)
    with pytest.raises(MlopsctlError) as caught:
        pause.plan_resume(both, unpause=False)
    assert (caught.value.code, caught.value.hint.text()) == ("paused", "mlopsctl backfills resume 7 --unpause")
    requests, _ = carry_out(tmp_path, "resume", pause.plan_resume(both, unpause=True), both)
    assert requests == [f"{RECORD}/unpause", f'{DAG} {{"is_paused":false}}']


@pytest.mark.parametrize("backfill", [NATIVE, PER_RUN, replace(PER_RUN_PAUSED, state=BackfillState.CANCELLED)])
def test_resuming_a_running_or_ended_backfill_does_nothing(tmp_path: Path, backfill: Backfill) -> None:
    plan = pause.plan_resume(backfill, unpause=False)
    assert plan.empty and len(plan.notes) == 1
    assert carry_out(tmp_path, "resume", plan, backfill)[0] == []


def test_backfill_that_ends_meanwhile_is_not_an_error(tmp_path: Path) -> None:
    _, step = carry_out(tmp_path, "pause", pause.plan_pause(NATIVE), NATIVE, 409)
    assert (step.state, step.detail) == (StepState.CHANGED, "it has just ended")
    with pytest.raises(MlopsctlError, match="no"):
        carry_out(tmp_path, "pause", pause.plan_pause(NATIVE), NATIVE, 404)
