"""When a backfill begins nothing more, as its course sees it."""

import threading
from pathlib import Path

import pytest

from mlopsctl.operations.backfill import controller
from mlopsctl.operations.backfill.submission_state import CANCELLED, PAUSED
from tests.operations.backfill.fake_engine import Engine
from tests.operations.fake_airflow import Scripted

LATER = "2999-01-01T00:00:00+00:00"


def test_a_piece_that_was_cancelled_in_airflows_engine_is_the_last(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    for progress in controller.run(engine.daily("2024-01-01", "2024-01-06", chunk=2), engine.api):
        if progress.counts.queued:
            engine.all_are("failed")
            engine.backfills[0] |= {"completed_at": LATER, "is_paused": True}
    assert (progress.stopped, len(engine.backfills)) == (CANCELLED, 1)
    assert [r.date.day for r in progress.unmade] == [3, 4, 5, 6]


def test_detached_it_does_not_say_made_where_it_was_cancelled_before(tmp_path: Path) -> None:
    engine = Engine(tmp_path, d2024_01_01="success")
    plan = engine.daily("2024-01-01", "2024-01-03")
    standing = engine.open(*plan.days)
    threading.Timer(0.5, standing.update, ({"completed_at": LATER, "is_paused": True},)).start()
    *_, last = controller.run(plan, engine.api, detach=True)
    assert (last.stopped, [r.date.day for r in last.unmade]) == (CANCELLED, [2, 3])


@pytest.mark.parametrize(("completed", "why"), [(LATER, CANCELLED), (None, PAUSED)])
def test_between_two_pieces_a_cancel_and_a_pause_are_obeyed(tmp_path: Path, completed: str | None, why: str) -> None:
    engine = Engine(tmp_path)
    for progress in controller.run(engine.daily("2024-01-01", "2024-01-06", chunk=2), engine.api):
        if progress.counts.queued:
            engine.all_are("success")
        elif "has to end first: its runs have ended" in progress.message:
            assert progress.eta is None
            engine.backfills[0] |= {"completed_at": completed, "is_paused": True}
    assert (progress.stopped, len(engine.backfills)) == (why, 1)
    assert [r.date.day for r in progress.unmade] == [3, 4, 5, 6]


def test_that_it_was_cancelled_is_told_though_all_runs_were_made(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    for progress in controller.run(scripted.plan("2024-01-01", "2024-01-02"), scripted.api):
        if progress.counts.queued == 2:
            scripted.all_are("failed")
            for made in scripted.runs.values():
                made |= {"note": f"mlopsctl backfill {progress.backfill_id} cancelled", "end_date": LATER}
    assert (progress.stopped, progress.unmade) == (CANCELLED, ())


def test_a_piece_that_has_ended_by_itself_is_followed_by_the_next(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    for progress in controller.run(engine.daily("2024-01-01", "2024-01-04", chunk=2), engine.api):
        if progress.counts.queued:
            engine.all_are("success")
            engine.backfills[0]["completed_at"] = LATER
    assert not progress.stopped and [r.state for r in progress.runs] == ["success"] * 4


def test_failed_dates_that_were_not_run_again_are_told_as_not_run(tmp_path: Path) -> None:
    days = {f"d2024_01_0{n}": "failed" for n in range(1, 7)}
    scripted = Scripted(tmp_path, **days)
    for progress in controller.run(
        scripted.plan("2024-01-01", "2024-01-06", max_active=2, max_failures=2), scripted.api
    ):
        if progress.counts.queued == 2:
            with scripted.lock:
                for made in scripted.runs.values():
                    if made["state"] == "queued":
                        made |= {"state": "failed", "end_date": LATER}
    assert progress.stopped == "stopped after 2 failures"
    assert scripted.cleared == ["manual__d2024_01_01", "manual__d2024_01_02"]
    assert [r.date.day for r in progress.unmade] == [3, 4, 5, 6]


def test_a_cancel_is_seen_before_another_run_is_made(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    for progress in controller.run(scripted.plan("2024-01-01", "2024-01-09", max_active=3), scripted.api):
        if progress.counts.queued == 3:
            scripted.all_are("failed")
            for made in scripted.runs.values():
                made |= {"note": f"mlopsctl backfill {progress.backfill_id} cancelled", "end_date": LATER}
    assert (progress.stopped, len(scripted.runs)) == (CANCELLED, 3)


@pytest.mark.parametrize(("ended", "stopped"), [("2024-06-01T00:00:01+00:00", ""), (LATER, CANCELLED)])
def test_a_cancel_from_before_it_began_does_not_stop_it(tmp_path: Path, ended: str, stopped: str) -> None:
    """As where an mlopsctl that cancelled was killed half-way, and the same backfill is wanted again."""
    scripted = Scripted(tmp_path, d2024_01_01="queued", d2024_01_02="failed", d2024_01_03="failed")
    runs = scripted.runs
    runs["2024-01-01T00:00:00+00:00"]["note"] = "mlopsctl backfill ab12cd"
    note = {"note": "mlopsctl backfill ab12cd cancelled", "end_date": ended}
    runs["2024-01-03T00:00:00+00:00"] |= note
    plan = scripted.plan("2024-01-01", "2024-01-04", max_active=1)
    assert plan.standing_id == "ab12cd"
    for progress in controller.run(plan, scripted.api):
        assert progress.seconds < 30
        with scripted.lock:
            for made in runs.values():
                if made["state"] == "queued":
                    made["state"] = "success"
    assert progress.stopped == stopped
