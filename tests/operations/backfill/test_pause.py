from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import Backfill
from mlopsctl.core.states import BackfillState, EngineName
from mlopsctl.core.steps import Plan, PlannedStep
from mlopsctl.operations.backfill import pause
from tests.adapters.airflow.metadb.test_client import BACKFILL
from tests.fake_api import FakeServer, api_v2

THEIRS = replace(BACKFILL, dag_paused=False)
OURS = replace(THEIRS, id="a1b2c3", engine=EngineName.PER_RUN)
PUT = "PUT /api/v2/backfills/7"


def asked(folder: Path, verb: str, plan: Plan, backfill: Backfill, status: int = 200) -> list[str]:
    """What Airflow is asked for, and the last step."""
    words = ("pause", "unpause")
    airflow = FakeServer(
        {f"{PUT}/{word}": (status, {"detail": "no"}) for word in words} | {"PATCH /api/v2/dags/d": (200, {})}
    )
    steps = list(getattr(pause, verb)(plan, api_v2(folder, airflow), backfill))
    requests = [f"{r.method} {r.url.path} {r.content.decode()}".strip() for r in airflow.requests]
    return [*requests, f"{steps[-1].state} {steps[-1].detail}"]


def test_airflow_holds_its_own(tmp_path: Path) -> None:
    plan = pause.plan_pause(THEIRS)
    assert plan.steps == (PlannedStep("pause", "hold 4 queued runs"),)
    assert plan.notes == ("Its queued runs wait; 3 that are running go on to their end.",)
    assert asked(tmp_path, "pause", plan, THEIRS) == [f"{PUT}/pause", "changed backfill 7 is paused"]


def test_single_runs_are_held_by_their_dag_and_it_says_what_that_means(tmp_path: Path) -> None:
    plan = pause.plan_pause(OURS)
    assert plan.steps == (PlannedStep("pause", "pause d"),)
    assert str(plan.notes[0]).startswith("Airflow cannot hold single runs, so d itself is paused: no run of it starts")
    assert asked(tmp_path, "pause", plan, OURS) == ['PATCH /api/v2/dags/d {"is_paused":true}', "changed d is paused"]


@pytest.mark.parametrize(
    ("backfill", "note"),
    [
        (replace(THEIRS, state=BackfillState.PAUSED, record_paused=True), "backfill 7 is paused already."),
        (replace(OURS, state=BackfillState.PAUSED, dag_paused=True), "backfill a1b2c3 is paused already."),
        (replace(THEIRS, state=BackfillState.DONE), "backfill 7 of d has ended (done): nothing to pause."),
    ],
)
def test_to_pause_again_does_nothing(tmp_path: Path, backfill: Backfill, note: str) -> None:
    plan = pause.plan_pause(backfill)
    assert plan.empty and plan.notes == (note,)
    assert asked(tmp_path, "pause", plan, backfill) == ["ok nothing to do"]


def test_one_that_a_paused_dag_holds_can_be_held_by_itself_too() -> None:
    assert not pause.plan_pause(replace(THEIRS, state=BackfillState.PAUSED, dag_paused=True)).empty


def test_resume_undoes_it(tmp_path: Path) -> None:
    theirs, ours = (
        replace(THEIRS, state=BackfillState.PAUSED, record_paused=True),
        replace(OURS, state=BackfillState.PAUSED, dag_paused=True),
    )
    plan = pause.plan_resume(theirs, unpause=False)
    assert plan.steps == (PlannedStep("resume", "release 4 queued runs"),)
    assert asked(tmp_path, "resume", plan, theirs) == [f"{PUT}/unpause", "changed backfill 7 goes on"]
    plan = pause.plan_resume(ours, unpause=False)
    assert asked(tmp_path, "resume", plan, ours) == [
        'PATCH /api/v2/dags/d {"is_paused":false}',
        "changed backfill a1b2c3 goes on",
    ]


def test_a_paused_dag_is_unpaused_for_airflows_own_only_where_that_was_said(tmp_path: Path) -> None:
    held = replace(THEIRS, state=BackfillState.PAUSED, record_paused=True, dag_paused=True)
    with pytest.raises(MlopsctlError) as caught:
        pause.plan_resume(held, unpause=False)
    assert (caught.value.code, caught.value.hint.text()) == ("paused", "mlopsctl backfills resume 7 --unpause")
    plan = pause.plan_resume(held, unpause=True)
    assert plan.steps == (PlannedStep("resume", "release 4 queued runs, unpause d"),)
    assert len(asked(tmp_path, "resume", plan, held)) == 3


@pytest.mark.parametrize("backfill", [THEIRS, OURS, replace(OURS, state=BackfillState.CANCELLED, dag_paused=True)])
def test_to_resume_what_is_not_paused_does_nothing(tmp_path: Path, backfill: Backfill) -> None:
    plan = pause.plan_resume(backfill, unpause=False)
    assert plan.empty and len(plan.notes) == 1
    assert asked(tmp_path, "resume", plan, backfill) == ["ok nothing to do"]


def test_one_that_ends_meanwhile_is_no_error(tmp_path: Path) -> None:
    assert asked(tmp_path, "pause", pause.plan_pause(THEIRS), THEIRS, 409)[-1] == "changed it has ended just now"
    with pytest.raises(MlopsctlError, match="no"):
        asked(tmp_path, "pause", pause.plan_pause(THEIRS), THEIRS, 404)
