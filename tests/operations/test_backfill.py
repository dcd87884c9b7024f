"""The course of a backfill as the client runs it. What Airflow makes of it is seen in tests/live/test_backfill.py."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.errors import MlopsctlError, TimedOut
from mlopsctl.operations import backfill
from mlopsctl.operations.watch_backfill import Counts
from tests.operations.scripted import Scripted


def test_it_ends_with_what_became_of_every_date(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path, d2024_01_01="success", d2024_01_02="failed")
    plan = scripted.plan("2024-01-01", "2024-01-04")
    seen = []
    for progress in backfill.run(plan, scripted.api):
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
        for progress in backfill.run(scripted.plan("2024-01-01", "2024-01-02"), scripted.api, timeout=1):
            seen.append(progress)
    assert caught.value.exit_code == 4
    assert [run.state for run in seen[-1].runs] == ["queued", "queued"]


def test_detached_it_ends_when_all_runs_are_made(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    *_, last = backfill.run(scripted.plan("2024-01-01", "2024-01-05"), scripted.api, detach=True)
    assert [run.state for run in last.runs] == ["queued"] * 5


def test_it_waits_for_a_server_that_went_away_and_says_what_it_sees(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    words: list[str] = []
    for progress in backfill.run(scripted.plan("2024-01-01", "2024-01-02"), scripted.api):
        if not words and progress.counts.queued == 2:
            scripted.dead = 10
            threading.Timer(1.5, scripted.all_are, ("success",)).start()
        words.append(progress.message)
    assert any("does not answer: Connection refused. Waiting for it" in word for word in words)
    assert progress.counts == Counts(success=2) and not progress.message


def test_a_date_that_got_no_run_is_tried_again(tmp_path: Path) -> None:
    scripted = Scripted(tmp_path)
    removed = False
    for progress in backfill.run(scripted.plan("2024-01-01", "2024-01-02"), scripted.api):
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
        next(backfill.run(plan, scripted.api))
    assert not scripted.runs
