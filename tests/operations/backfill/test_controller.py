"""The course of a backfill as the client runs it. What Airflow makes of it is seen in tests/live/test_backfill.py."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError, TimedOut
from mlopsctl.operations.backfill import controller
from mlopsctl.operations.backfill.run_counts import Counts
from tests.operations.fake_airflow import UNSCHEDULED, Scripted


def test_it_ends_with_what_became_of_every_date(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="success", d2024_01_02="failed")
    plan = scripted.plan("2024-01-01", "2024-01-04")
    seen = []
    for progress in controller.run(plan, scripted.api):
        seen.append(progress)
        if progress.counts.queued == 3:
            scripted.all_are("success")
            scripted.put(
                "2024-01-04T00:00:00+00:00", "failed", scripted.runs["2024-01-04T00:00:00+00:00"]["dag_run_id"]
            )
    last = seen[-1]
    assert [(run.action, run.state) for run in last.runs] == [
        ("kept", "success"), ("again", "success"), ("new", "success"), ("new", "failed"),
    ]  # fmt: skip
    assert last.counts == Counts(success=3, failed=1)
    assert isinstance(last.backfill_id, str)
    assert all(not progress.runs for progress in seen[:-1])


def test_a_deadline_leaves_the_runs_alone_and_says_so(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    seen = []
    with pytest.raises(TimedOut, match="after 1 s 2 of 2 runs have not ended") as caught:
        for progress in controller.run(scripted.plan("2024-01-01", "2024-01-02"), scripted.api, timeout=1):
            seen.append(progress)
    assert caught.value.exit_code == 4
    assert [run.state for run in seen[-1].runs] == ["queued", "queued"]


def test_detached_it_ends_when_all_runs_are_made(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    *_, last = controller.run(scripted.plan("2024-01-01", "2024-01-05"), scripted.api, detach=True)
    assert [run.state for run in last.runs] == ["queued"] * 5


def test_detached_too_early_it_says_what_is_not_made(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    plan = scripted.plan("2024-01-01", "2024-01-05")
    scripted.dead = 10_000
    threading.Timer(2.0, setattr, (scripted, "dead", 0)).start()
    with pytest.raises(TimedOut, match="after 1 s 5 of 5 runs are not made; those that were made go on") as caught:
        list(controller.run(plan, scripted.api, timeout=1, detach=True))
    assert (caught.value.exit_code, caught.value.hint.text()) == (4, "say the same command again to make them")


def test_it_waits_for_a_server_that_went_away_and_says_what_it_sees(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    words: list[str] = []
    for progress in controller.run(scripted.plan("2024-01-01", "2024-01-02"), scripted.api):
        if not words and progress.counts.queued == 2:
            scripted.dead = 10
            threading.Timer(1.5, scripted.all_are, ("success",)).start()
        words.append(progress.message)
    assert any("does not answer: Connection refused. Waiting for it" in word for word in words)
    assert progress.counts == Counts(success=2) and not progress.message


def test_a_server_that_is_away_when_the_dag_is_to_be_paused_again_is_waited_for(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="queued")
    plan = scripted.plan("2024-01-01", "2024-01-01", replace(UNSCHEDULED, paused=True), unpause=True, repause=True)
    work = controller.run(plan, scripted.api)
    assert next(work).counts.queued == 1 and scripted.paused is False
    scripted.all_are("success")
    seen = [next(work)]  # the last look; then the runs are read, and the DAG is paused
    scripted.dead = 6
    seen += work
    assert any("Connection refused" in progress.message for progress in seen)
    assert seen[-1].counts == Counts(success=1) and seen[-1].runs and not seen[-1].message
    assert scripted.paused is True


def test_a_date_that_got_no_run_is_tried_again(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    removed = False
    for progress in controller.run(scripted.plan("2024-01-01", "2024-01-02"), scripted.api):
        if progress.counts.queued == 2 and not removed:
            removed = True
            scripted.all_are("success")
            del scripted.runs["2024-01-02T00:00:00+00:00"]  # as where its maker died before it was written down
        elif removed:
            scripted.all_are("success")
    assert [run.state for run in progress.runs] == ["success", "success"]


def test_an_obstacle_stops_it_before_anything_is_made(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    plan = replace(scripted.plan("2024-01-01", "2024-01-02"), obstacle=MlopsctlError("d is paused."))
    with pytest.raises(MlopsctlError, match="d is paused"):
        next(controller.run(plan, scripted.api))
    assert not scripted.runs


def test_in_pieces_each_begins_when_the_one_before_has_ended(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_06="failed")
    most, pieces = 0, []
    for progress in controller.run(scripted.plan("2024-01-01", "2024-01-07", chunk=3), scripted.api):
        most = max(most, progress.counts.active)
        pieces += [progress.piece] if progress.piece not in pieces else []
        assert progress.counts.total == 7 and progress.counts.failed == 0
        if progress.counts.queued and progress.counts.active == progress.counts.queued:
            scripted.all_are("success")
    assert most <= 3
    assert pieces == [
        "1 of 3: 2024-01-01 … 2024-01-03", "2 of 3: 2024-01-04 … 2024-01-06", "3 of 3: 2024-01-07 … 2024-01-07",
    ]  # fmt: skip
    assert [r.state for r in progress.runs] == ["success"] * 7
    assert [r.action for r in progress.runs] == ["new"] * 5 + ["again", "new"]
    assert len({r.run_id.split("__")[1] for r in progress.runs if r.action == "new"}) == 1  # one backfill


def test_after_too_many_failures_nothing_more_is_begun_and_what_runs_goes_on(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="failed")
    scripted.runs["2024-01-01T00:00:00+00:00"]["end_date"] = "2024-06-01T00:00:01+00:00"  # long ago: it does not count
    plan = scripted.plan("2024-01-01", "2024-01-10", max_active=4, max_failures=2)
    for progress in controller.run(plan, scripted.api):
        if progress.counts.queued == 4:
            states = ("failed", "failed", "running", "queued")
            with scripted.lock:
                for (at, made), state in zip(sorted(scripted.runs.items()), states, strict=True):
                    scripted.put(at, state, made["dag_run_id"])
                    if state == "failed":
                        scripted.runs[at]["end_date"] = "2999-01-01T00:00:00+00:00"
        elif progress.counts.running and progress.counts.waiting == 6 and "stopped" in progress.message:
            scripted.put("2024-01-03T00:00:00+00:00", "success", "x")
    assert progress.stopped == "stopped after 2 failures"
    assert [r.state for r in progress.runs] == ["failed", "failed", "success", "failed"] + [""] * 6
    assert [r.date.day for r in progress.unmade] == [4, 5, 6, 7, 8, 9, 10]


def test_failures_below_the_limit_stop_nothing(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    for progress in controller.run(scripted.plan("2024-01-01", "2024-01-03", max_failures=4), scripted.api):
        if progress.counts.queued:
            scripted.all_are("failed")
    assert not progress.stopped and progress.counts == Counts(failed=3)


def test_cancelled_by_another_while_runs_are_made_it_makes_no_more(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    plan = scripted.plan("2024-01-01", "2024-01-09", max_active=1)
    for progress in controller.run(plan, scripted.api):
        if progress.counts.queued:
            with scripted.lock:
                for at, made in list(scripted.runs.items()):
                    note = f"mlopsctl backfill {progress.backfill_id} cancelled"
                    withdrawn = scripted.put(at, "failed", made["dag_run_id"])
                    withdrawn |= {"note": note, "end_date": "2999-01-01T00:00:00+00:00"}
    assert progress.stopped == "cancelled by another command"
    assert len(scripted.runs) < 9


def test_the_second_round_makes_what_was_lost_and_runs_no_failure_again(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    removed = False
    for progress in controller.run(scripted.plan("2024-01-01", "2024-01-03"), scripted.api):
        if progress.counts.queued == 3 and not removed:
            removed = True
            scripted.all_are("failed")
            del scripted.runs["2024-01-02T00:00:00+00:00"]
        elif removed and progress.counts.queued:
            scripted.put("2024-01-02T00:00:00+00:00", "success", "x")
    assert [r.state for r in progress.runs] == ["failed", "success", "failed"]
    assert not scripted.cleared


def test_a_date_that_never_keeps_its_run_ends_without_one_and_the_others_go_on(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    tries = 0
    for progress in controller.run(scripted.plan("2024-01-01", "2024-01-04", chunk=2), scripted.api):
        if progress.counts.queued:
            scripted.all_are("success")
            tries += scripted.runs.pop("2024-01-02T00:00:00+00:00", None) is not None
    assert tries == controller.ROUNDS
    assert [r.state for r in progress.runs] == ["success", "", "success", "success"]
    assert [r.date.day for r in progress.runs if controller.is_lost(r)] == [2]
