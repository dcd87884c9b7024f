"""A backfill as mlopsctl carries it out. What Airflow does with it is tested in tests/live/test_backfill.py."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.core.errors import MlopsctlError, TimedOut, Unavailable
from mlopsctl.core.states import StopKind
from mlopsctl.operations.backfill.execution.controller import ROUNDS
from mlopsctl.operations.backfill.execution.pause_guard import PauseGuard
from mlopsctl.operations.backfill.execution.progress import Progress
from mlopsctl.operations.backfill.execution.run_counts import RunCounts
from mlopsctl.operations.backfill.execution.stop_policy import StopReason
from tests.operations.fake_airflow import EARLIER, LATER, UNSCHEDULED, FakeAirflow

DAY = "2024-01-0{}T00:00:00+00:00"
CANCELLED = StopReason(StopKind.CANCELLED)


def states(progress: Progress) -> list[str]:
    return [run.state for run in progress.runs]


def not_run(progress: Progress) -> list[int]:
    return [run.date.day for run in progress.not_run]


def cancelled_note(progress: Progress) -> str:
    return f"mlopsctl backfill {progress.backfill_id} cancelled"


def test_run_reports_final_state_per_date(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="success", d2024_01_02="failed")
    seen = []
    for progress in airflow.carry_out(airflow.plan("2024-01-01", "2024-01-04")):
        seen.append(progress)
        if progress.counts.queued == 3:
            airflow.runs[DAY.format(4)] |= {"state": "failed"}
            airflow.end_runs("success")
    last = seen[-1]
    assert [(run.action, run.state) for run in last.runs] == [
        ("kept", "success"), ("again", "success"), ("new", "success"), ("new", "failed"),
    ]  # fmt: skip
    assert last.counts == RunCounts(success=3, failed=1)
    assert isinstance(last.backfill_id, str)
    assert not any(progress.runs for progress in seen[:-1])
    assert not any(progress.eta for progress in seen if progress.counts.done == progress.counts.total)


def test_timeout_leaves_runs_alone(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    seen = []
    with pytest.raises(TimedOut, match="timed out after 5 s: 2 of 2 runs have not ended") as caught:
        for progress in airflow.carry_out(airflow.plan("2024-01-01", "2024-01-02"), timeout=5):
            seen.append(progress)
    assert caught.value.exit_code == 4
    assert states(seen[-1]) == ["queued", "queued"]


def test_detached_ends_when_all_runs_are_created(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    *_, last = airflow.carry_out(airflow.plan("2024-01-01", "2024-01-05"), detach=True)
    assert states(last) == ["queued"] * 5


def test_detached_timeout_reports_runs_that_were_not_created(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    plan = airflow.plan("2024-01-01", "2024-01-05")
    airflow.fail_next = 10_000
    airflow.clock.after(10.0, setattr, airflow, "fail_next", 0)
    with pytest.raises(TimedOut, match="timed out after 5 s: 5 of 5 runs have not been created"):
        list(airflow.carry_out(plan, timeout=5, detach=True))


def test_unavailable_server_is_waited_for(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    messages: list[str] = []
    for progress in airflow.carry_out(airflow.plan("2024-01-01", "2024-01-02")):
        if not messages and progress.counts.queued == 2:
            airflow.fail_next = 10
            airflow.clock.after(1.5, airflow.end_runs, "success")
        messages += [progress.message.text] if progress.message else []
    assert "does not answer: Connection refused. Waiting for it" in messages[0]
    assert progress.counts == RunCounts(success=2) and not progress.message


def test_server_that_stays_unavailable_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlopsctl.operations.backfill.execution.observer.SERVER_SILENT", 30.0)
    airflow = FakeAirflow(tmp_path, d2024_01_01="running")
    steps = airflow.carry_out(airflow.plan("2024-01-01", "2024-01-01"))
    next(steps)
    airflow.fail_next = 10**9
    with pytest.raises(Unavailable):
        list(steps)


def test_unavailable_server_is_waited_for_before_the_dag_is_paused_again(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="queued")
    plan = airflow.plan("2024-01-01", "2024-01-01", replace(UNSCHEDULED, paused=True), unpause=True, repause=True)
    steps = airflow.carry_out(plan, guard=PauseGuard(plan, airflow.api))
    assert next(steps).counts.queued == 1 and airflow.dag_paused is False
    airflow.end_runs("success")
    seen = [next(steps)]  # the last look; then the final states are read, and the DAG is paused
    airflow.fail_next = 6
    seen += steps
    assert any(progress.message and "Connection refused" in progress.message.text for progress in seen)
    assert states(seen[-1]) == ["success"] and not seen[-1].message
    assert airflow.dag_paused is True


def test_lost_run_is_created_again(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    removed = False
    for progress in airflow.carry_out(airflow.plan("2024-01-01", "2024-01-02")):
        if progress.counts.queued == 2 and not removed:
            removed = True
            del airflow.runs[DAY.format(2)]  # as if the process that was to create it had died
        if removed:
            airflow.end_runs("success")
    assert states(progress) == ["success", "success"]


def test_obstacle_stops_it_before_anything_is_created(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    plan = replace(airflow.plan("2024-01-01", "2024-01-02"), obstacle=MlopsctlError("d is paused."))
    with pytest.raises(MlopsctlError, match="d is paused"):
        next(airflow.carry_out(plan))
    assert not airflow.runs


def test_rejected_request_ends_it(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    plan = airflow.plan("2024-01-01", "2024-01-02")
    airflow.rejection = "conf is not allowed"
    with pytest.raises(MlopsctlError, match="conf is not allowed"):
        list(airflow.carry_out(plan))


def test_each_chunk_starts_when_the_previous_one_has_ended(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_06="failed")
    most, chunks = 0, []
    for progress in airflow.carry_out(airflow.plan("2024-01-01", "2024-01-07", chunk=3)):
        most = max(most, progress.counts.active)
        chunks += [progress.chunk] if progress.chunk not in chunks else []
        assert progress.counts.total == 7 and progress.counts.failed == 0
        if progress.counts.queued and progress.counts.active == progress.counts.queued:
            airflow.end_runs("success")
    assert most <= 3
    assert chunks == [
        "1 of 3: 2024-01-01 … 2024-01-03", "2 of 3: 2024-01-04 … 2024-01-06", "3 of 3: 2024-01-07 … 2024-01-07",
    ]  # fmt: skip
    assert states(progress) == ["success"] * 7
    assert [run.action for run in progress.runs] == ["new"] * 5 + ["again", "new"]
    assert len({run.run_id.split("__")[1] for run in progress.runs if run.action == "new"}) == 1  # one backfill


def test_max_failures_starts_no_more_runs_and_waits_for_running_ones(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="failed")  # long ago: it does not count
    plan = airflow.plan("2024-01-01", "2024-01-10", max_active=4, max_failures=2)
    for progress in airflow.carry_out(plan):
        if progress.counts.queued == 4:
            for at, state in zip(sorted(airflow.runs), ("failed", "failed", "running", "queued"), strict=True):
                airflow.runs[at] |= {"state": state, "end_date": LATER if state == "failed" else None}
        elif progress.message and "stopped" in progress.message.text:
            airflow.end_runs("success", only=["running"])
    assert progress.stopped == StopReason(StopKind.FAILURES, 2)
    assert states(progress) == ["failed", "failed", "success", "failed"] + [""] * 6
    assert not_run(progress) == [4, 5, 6, 7, 8, 9, 10]


def test_failures_below_the_limit_stop_nothing(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    plan = airflow.plan("2024-01-01", "2024-01-03", max_failures=4)
    progress = airflow.run_to_end(plan, lambda _: airflow.end_runs("failed"))
    assert not progress.stopped and progress.counts == RunCounts(failed=3)


def test_failed_dates_that_did_not_run_again_are_reported_as_not_run(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, **{f"d2024_01_0{n}": "failed" for n in range(1, 7)})
    plan = airflow.plan("2024-01-01", "2024-01-06", max_active=2, max_failures=2)
    progress = airflow.run_to_end(plan, lambda _: airflow.end_runs("failed"))
    assert progress.stopped == StopReason(StopKind.FAILURES, 2)
    assert airflow.cleared == ["manual__d2024_01_01", "manual__d2024_01_02"]
    assert not_run(progress) == [3, 4, 5, 6]


def test_cancel_is_noticed_before_another_run_is_created(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    for progress in airflow.carry_out(airflow.plan("2024-01-01", "2024-01-09", max_active=3)):
        if progress.counts.queued == 3:
            airflow.end_runs("failed", note=cancelled_note(progress))
    assert (progress.stopped, len(airflow.runs)) == (CANCELLED, 3)
    assert not_run(progress) == [4, 5, 6, 7, 8, 9]


def test_cancel_is_reported_if_all_runs_had_been_created(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    for progress in airflow.carry_out(airflow.plan("2024-01-01", "2024-01-02")):
        if progress.counts.queued == 2:
            airflow.end_runs("failed", note=cancelled_note(progress))
    assert (progress.stopped, progress.not_run) == (CANCELLED, ())


@pytest.mark.parametrize(("ended", "stopped"), [(EARLIER, None), (LATER, CANCELLED)])
def test_cancel_from_before_it_started_does_not_stop_it(tmp_path: Path, ended: str, stopped: StopReason | None) -> None:
    """As if `backfills cancel` had been killed, and the same backfill is run again."""
    airflow = FakeAirflow(tmp_path, d2024_01_01="queued", d2024_01_02="failed", d2024_01_03="failed")
    airflow.runs[DAY.format(1)]["note"] = "mlopsctl backfill ab12cd"
    airflow.runs[DAY.format(3)] |= {"note": "mlopsctl backfill ab12cd cancelled", "end_date": ended}
    plan = airflow.plan("2024-01-01", "2024-01-04", max_active=1)
    assert plan.active_owner == "ab12cd"
    progress = airflow.run_to_end(plan, lambda _: airflow.end_runs("success", at=EARLIER))
    assert progress.stopped == stopped


def test_second_round_creates_lost_runs_and_repeats_no_failure(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    removed = False
    for progress in airflow.carry_out(airflow.plan("2024-01-01", "2024-01-03")):
        if progress.counts.queued == 3 and not removed:
            removed = True
            airflow.end_runs("failed")
            del airflow.runs[DAY.format(2)]
        elif removed:
            airflow.end_runs("success")
    assert states(progress) == ["failed", "success", "failed"]
    assert not airflow.cleared


def test_date_that_never_keeps_its_run_ends_without_one(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    tries = 0
    for progress in airflow.carry_out(airflow.plan("2024-01-01", "2024-01-04", chunk=2)):
        if progress.counts.queued:
            airflow.end_runs("success")
            tries += airflow.runs.pop(DAY.format(2), None) is not None
    assert tries == ROUNDS
    assert states(progress) == ["success", "", "success", "success"]
    assert [run.date.day for run in progress.runs if run.is_lost] == [2]


def close(backfill: dict[str, Any], *, paused: bool = False) -> None:
    backfill |= {"completed_at": LATER, "is_paused": paused}


def test_native_chunks_follow_each_other(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    for progress in airflow.carry_out(airflow.native_plan("2024-01-01", "2024-01-04", chunk=2)):
        if progress.counts.queued:
            airflow.end_runs("success")
            close(airflow.backfills[0])
    assert not progress.stopped and states(progress) == ["success"] * 4


def test_native_chunk_that_was_cancelled_is_the_last(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path)
    for progress in airflow.carry_out(airflow.native_plan("2024-01-01", "2024-01-06", chunk=2)):
        if progress.counts.queued:
            airflow.end_runs("failed")
            close(airflow.backfills[0], paused=True)
    assert (progress.stopped, len(airflow.backfills)) == (CANCELLED, 1)
    assert not_run(progress) == [3, 4, 5, 6]


@pytest.mark.parametrize(("completed", "kind"), [(LATER, StopKind.CANCELLED), (None, StopKind.PAUSED)])
def test_cancel_and_pause_between_two_native_chunks_stop_it(
    tmp_path: Path, completed: str | None, kind: StopKind
) -> None:
    airflow = FakeAirflow(tmp_path)
    for progress in airflow.carry_out(airflow.native_plan("2024-01-01", "2024-01-06", chunk=2)):
        if progress.counts.queued:
            airflow.end_runs("success")
        elif progress.message and "has to end first: its runs have" in progress.message.text:
            assert progress.eta is None
            airflow.backfills[0] |= {"completed_at": completed, "is_paused": True}
    assert (progress.stopped, len(airflow.backfills)) == (StopReason(kind), 1)
    assert not_run(progress) == [3, 4, 5, 6]


def test_detached_reports_a_cancel_from_before_its_runs_were_created(tmp_path: Path) -> None:
    airflow = FakeAirflow(tmp_path, d2024_01_01="success")
    plan = airflow.native_plan("2024-01-01", "2024-01-03")
    record = airflow.open_backfill(*plan.day_bounds)
    progress = airflow.run_to_end(plan, lambda _: close(record, paused=True), detach=True)
    assert (progress.stopped, not_run(progress)) == (CANCELLED, [2, 3])
