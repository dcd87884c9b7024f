"""Backfills that exist, of both engines, on the real scheduler."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow.metadb.client import MetadataDatabase
from mlopsctl.adapters.airflow.programs import AirflowPrograms
from mlopsctl.adapters.airflow.task_processes import running_task_ids
from mlopsctl.adapters.postgres.server import Postgres
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.dates import day_bounds
from mlopsctl.core.model import Backfill
from mlopsctl.core.paths import Home
from tests.cli.backfill.test_manage import KEYS
from tests.live.conftest import LivePlatform, Result
from tests.live.test_backfill import DATA, backfill, green, start
from tests.operations.doctor.contexts import doctor_context

pytestmark = pytest.mark.live

OF_A_NEW_ONE = {"scheduled_runs", "rerun_conf", "downstream"}  # what a plan foresees
NATIVE, PER_RUN = "live_lasting", "live_west"
CLEAR = "/api/v2/dags/live_lasting/clearDagRuns"


def listed(platform: LivePlatform, dag: str) -> list[dict[str, Any]]:
    """The newest first, active ones before."""
    found: list[dict[str, Any]] = platform.json("backfills", "list", dag, "--all")["data"]["backfills"]
    assert all(set(one) == KEYS for one in found)
    return found


def until(platform: LivePlatform, dag: str, reached: Callable[[Backfill], bool]) -> dict[str, Any]:
    """The active backfill of the DAG, as soon as it satisfies a condition."""
    metadata, deadline = doctor_context(platform.home).platform.metadata, time.monotonic() + 120

    def there() -> bool:
        active = [one for one in metadata.backfills(dag_id=dag, ended=0) if one.active]
        return bool(active) and reached(active[0])

    while not there():
        assert time.monotonic() < deadline, listed(platform, dag)
        time.sleep(0.2)
    return next(one for one in listed(platform, dag) if one["active"])


def verb(platform: LivePlatform, word: str, *words: str) -> dict[str, Any]:
    data: dict[str, Any] = platform.json("backfills", word, *words)["data"]
    assert set(data) == {"steps", "backfill"}
    return data


@pytest.fixture
def making(platform: LivePlatform, morning: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """`mlopsctl backfill` beside the test; ended with it, and its DAG unpaused."""
    begun: list[tuple[str, subprocess.Popen[str]]] = []

    def begin(dag: str, first: str, last: str, *words: str) -> "subprocess.Popen[str]":
        process = start(platform, "backfill", dag, "--from", first, "--to", last, "--json", *words)
        begun.append((dag, process))
        return process

    yield begin
    morning.touch()  # a cancel waits for running tasks
    for dag, process in begun:
        process.kill()
        process.communicate()
        platform.http.send("PATCH", f"/api/v2/dags/{dag}", {"is_paused": False})
        platform.mlopsctl("backfills", "cancel", dag, "--yes")


def test_native_backfill_is_listed_paused_watched_and_cancelled(
    platform: LivePlatform, making: Callable[..., "subprocess.Popen[str]"]
) -> None:
    maker = making(NATIVE, "2023-02-01", "2023-02-20", "--unpause", "--conf", '{"sleep": 120}')
    found = until(platform, NATIVE, lambda one: one.running > 0)
    assert (found["from"], found["to"], found["engine"], found["state"]) == (
        "2023-02-01", "2023-02-20", "airflow", "running",
    )  # fmt: skip
    number = str(found["id"])
    assert found["counts"]["total"] == 20

    assert verb(platform, "pause", number)["backfill"]["state"] == "paused"
    assert verb(platform, "pause", NATIVE)["steps"][0]["state"] == "ok"
    late = platform.mlopsctl("backfills", "watch", number, "--timeout", "2s", "--json")
    assert (late.code, late.json["errors"][0]["code"]) == (4, "timeout")
    assert set(late.json["data"]) == DATA - OF_A_NEW_ONE | {"state"}
    assert f"backfill {number} is paused  hint:" in late.err
    assert verb(platform, "resume", number)["backfill"]["state"] == "running"

    refused = platform.mlopsctl("backfills", "cancel", number, "--json")
    assert (refused.code, refused.json["errors"][0]["code"]) == (1, "not-confirmed")
    ended = verb(platform, "cancel", number, "--yes")
    assert [step["state"] for step in ended["steps"]] == ["changed", "ok"]
    assert (ended["backfill"]["state"], ended["backfill"]["counts"]["failed"]) == ("cancelled", 20)
    assert not running_task_ids(Supervisor(Home(platform.home)))
    again = verb(platform, "cancel", number, "--yes")
    assert [step["detail"] for step in again["steps"]] == ["nothing to do"] * 2

    out, err = maker.communicate(timeout=120)  # who watched it has seen its end
    made = Result(maker.returncode, out, err)
    assert (made.code, made.json["data"]["counts"]["failed"]) == (1, 20)


def test_paused_backfill_is_refused_not_waited_for(
    platform: LivePlatform, making: Callable[..., "subprocess.Popen[str]"], morning: Path
) -> None:
    maker = making(NATIVE, "2023-05-01", "2023-05-06", "--unpause", "--conf", '{"sleep": 120}')
    number = str(until(platform, NATIVE, lambda one: one.running > 0 and one.total == 6)["id"])
    verb(platform, "pause", number)
    maker.send_signal(signal.SIGINT)
    maker.communicate(timeout=120)
    same = (NATIVE, "2023-05-01", "2023-05-06", "--json")
    held, dry = backfill(platform, *same), backfill(platform, *same, "--dry-run")
    assert [(one.code, one.json["errors"][0]["code"]) for one in (held, dry)] == [
        (1, "backfill-paused"), (0, "backfill-paused"),
    ]  # fmt: skip
    assert held.json["errors"][0]["hint"].endswith(f"backfills resume {number}")
    verb(platform, "resume", number)
    morning.touch()
    green(backfill(platform, *same), 6)


def test_runs_cleared_after_a_cancel_are_found_and_repaired(platform: LivePlatform) -> None:
    body = {"dag_id": NATIVE, "from_date": "2023-03-01T00:00:00+09:00", "to_date": "2023-03-04T00:00:00+09:00",
            "reprocess_behavior": "failed"}  # fmt: skip
    platform.http.send("PATCH", f"/api/v2/dags/{NATIVE}", {"is_paused": True})
    number = str(platform.http.send("POST", "/api/v2/backfills", body)["id"])
    platform.http.send("PUT", f"/api/v2/backfills/{number}/cancel")
    platform.http.send("PATCH", f"/api/v2/dags/{NATIVE}", {"is_paused": False})
    runs = platform.json("runs", NATIVE, "--from", "2023-03", "--to", "2023-03")["data"]["runs"]
    two = [{"dag_run_id": run["run_id"]} for run in runs[:2]]
    platform.http.send("POST", CLEAR, {"dry_run": False, "dag_runs": two})
    time.sleep(5)  # were they to start, they would have
    (found,) = [one for one in listed(platform, NATIVE) if str(one["id"]) == number]
    assert (found["state"], found["counts"]["stuck"], found["counts"]["failed"]) == ("cancelled", 2, 2)
    home = Home(platform.home)
    unclearable = MetadataDatabase(Postgres(home), AirflowPrograms(home)).unclearable_runs(NATIVE)
    assert {run["run_id"] for run in runs} <= unclearable
    warned = platform.mlopsctl("backfills", "list", NATIVE)
    assert f"2 runs of backfill {number} were cleared after it was cancelled" in warned.err

    repaired = verb(platform, "cancel", number)
    assert repaired["steps"][0]["detail"] == "2 runs ended"
    assert repaired["backfill"]["counts"]["stuck"] == 0 and repaired["backfill"]["counts"]["failed"] == 4
    green(backfill(platform, NATIVE, "2023-03-01", "2023-03-04", "--json"), 4)


def test_per_run_backfill_is_known_by_its_runs_and_outlives_its_process(
    platform: LivePlatform, making: Callable[..., "subprocess.Popen[str]"], morning: Path
) -> None:
    maker = making(PER_RUN, "2023-08-01", "2023-08-20", "--conf", '{"sleep": 120}')
    found = until(platform, PER_RUN, lambda one: one.running > 0 and one.running + one.queued == 20)
    maker.send_signal(signal.SIGKILL)
    maker.wait()
    assert (found["engine"], found["from"], found["to"]) == ("runs", "2023-08-01", "2023-08-20")

    held = platform.mlopsctl("backfills", "pause", found["id"])
    assert held.code == 0 and f"{PER_RUN} itself is paused: none of its runs starts" in held.err
    assert until(platform, PER_RUN, lambda one: True)["dag_paused"]
    assert verb(platform, "resume", found["id"])["backfill"]["state"] == "running"

    with start(platform, "backfills", "watch", found["id"], "--json") as watching:
        time.sleep(5)
        watching.send_signal(signal.SIGINT)
        out, err = watching.communicate(timeout=120)
    assert Result(watching.returncode, out, err).json["errors"][0]["code"] == "interrupted"
    assert watching.returncode == 130

    morning.touch()
    result = platform.mlopsctl("backfills", "watch", PER_RUN, "--json")
    assert result.code == 0, result.err
    assert (result.json["data"]["backfill_id"], result.json["data"]["counts"]["success"]) == (found["id"], 20)
    nothing = verb(platform, "cancel", found["id"], "--yes")
    assert nothing["steps"][0]["detail"] == "nothing to do" and nothing["backfill"]["state"] == "done"


def test_cancel_ends_the_runs_of_a_per_run_backfill_and_a_rerun_succeeds(
    platform: LivePlatform, making: Callable[..., "subprocess.Popen[str]"], morning: Path
) -> None:
    maker = making(PER_RUN, "2023-09-01", "2023-09-12", "--conf", '{"sleep": 120}', "--max-active", "4")
    found = until(platform, PER_RUN, lambda one: one.running > 0)
    ended = verb(platform, "cancel", found["id"], "--yes")
    counts = ended["backfill"]["counts"]
    assert ended["backfill"]["state"] == "cancelled"
    assert counts["running"] == counts["queued"] == counts["success"] == 0 and counts["failed"] > 0
    assert not running_task_ids(Supervisor(Home(platform.home)))
    out, err = maker.communicate(timeout=120)
    assert (maker.returncode, Result(1, out, err).json["data"]["counts"]["success"]) == (1, 0)
    watched = platform.mlopsctl("backfills", "watch", found["id"])
    assert watched.code == 1 and f"backfill {found['id']} was cancelled" in watched.err
    morning.touch()
    green(backfill(platform, PER_RUN, "2023-09-01", "2023-09-12", "--json"), 12)


def test_cancel_keeps_completed_runs_successful(
    platform: LivePlatform, making: Callable[..., "subprocess.Popen[str]"]
) -> None:
    began = datetime.now(UTC)
    making(PER_RUN, "2023-12-01", "2024-01-31")
    until(platform, PER_RUN, lambda one: one.success > 2 and one.running > 2 and one.queued > 2)
    counts = verb(platform, "cancel", PER_RUN, "--yes")["backfill"]["counts"]
    assert counts["running"] == counts["queued"] == 0 and counts["success"] > 2 and counts["failed"] > 2
    there = doctor_context(platform.home).platform
    failed = there.api.runs(PER_RUN, *day_bounds(date(2023, 12, 1), date(2024, 1, 31), "UTC"), ["failed"])
    assert not there.metadata.completed_runs(PER_RUN, [run.run_id for run in failed], began)


def test_completed_runs_are_distinguished_from_interrupted_ones(platform: LivePlatform) -> None:
    there = doctor_context(platform.home).platform
    green(backfill(platform, PER_RUN, "2023-10-01", "2023-10-02", "--json"), 2)
    done = there.api.runs(PER_RUN, *day_bounds(date(2023, 10, 1), date(2023, 10, 2), "UTC"))
    platform.http.send("PATCH", f"/api/v2/dags/{PER_RUN}", {"is_paused": True})
    waiting = there.api.create_run(PER_RUN, datetime(2023, 10, 3, 5, tzinfo=UTC), run_id="live_waiting")
    assert waiting and len(done) == 2
    began, ids = datetime.now(UTC), [run.run_id for run in (*done, waiting)]
    there.api.mark_runs_failed(PER_RUN, ids)
    assert {there.api.run(PER_RUN, id_).state for id_ in ids} == {"failed"}  # whatever they were
    assert (
        there.metadata.completed_runs(PER_RUN, ids[2:], datetime.now(UTC)) == ids[2:]
    )  # by then its task had been skipped
    found = there.metadata.completed_runs(PER_RUN, ids, began)
    assert sorted(found) == sorted(ids[:2])
    there.api.mark_runs_success(PER_RUN, found)
    assert [there.api.run(PER_RUN, id_).state for id_ in ids] == ["success", "success", "failed"]
    there.api.delete_runs(PER_RUN, ids[2:])
    platform.http.send("PATCH", f"/api/v2/dags/{PER_RUN}", {"is_paused": False})


def test_killed_cancel_is_finished_by_the_next(
    platform: LivePlatform, making: Callable[..., "subprocess.Popen[str]"]
) -> None:
    making(NATIVE, "2023-04-01", "2023-04-30", "--unpause", "--conf", '{"sleep": 120}')
    number = str(until(platform, NATIVE, lambda one: one.running > 0)["id"])
    # As one that dies between Airflow's own cancel and the end of the running runs leaves it.
    platform.http.send("PUT", f"/api/v2/backfills/{number}/cancel")
    left = next(one for one in listed(platform, NATIVE) if str(one["id"]) == number)
    assert left["state"] == "cancelled" and left["counts"]["running"] > 0
    ended = verb(platform, "cancel", number, "--yes")["backfill"]["counts"]
    assert (ended["running"], ended["queued"], ended["failed"]) == (0, 0, 30)


def test_name_is_required_unless_exactly_one_backfill_is_active(
    platform: LivePlatform, making: Callable[..., "subprocess.Popen[str]"]
) -> None:
    none = platform.mlopsctl("backfills", "watch", "--json")
    assert (none.code, none.json["errors"][0]["code"]) == (1, "no-backfill")
    for dag in (PER_RUN, NATIVE):
        making(dag, "2023-11-01", "2023-11-06", "--unpause", "--conf", '{"sleep": 120}', "--max-active", "1")
        until(platform, dag, lambda one: one.running + one.queued > 0)
    several = platform.mlopsctl("backfills", "pause", "--json")
    (error,) = several.json["errors"]
    assert (several.code, error["code"]) == (2, "which-backfill")
    assert PER_RUN in error["message"] and NATIVE in error["message"]


def test_external_metadata_database_gives_the_same_answers(platform: LivePlatform, tmp_path: Path) -> None:
    home = Home(platform.home)
    url = tmp_path / "url"
    url.write_text(Postgres(home).url)
    elsewhere = MetadataDatabase(Postgres(home), AirflowPrograms(home), url)
    here = MetadataDatabase(Postgres(home), AirflowPrograms(home))
    found = elsewhere.backfills(ended=None)
    assert found and found == here.backfills(ended=None)
    assert elsewhere.backfill_runs(found[0]) == here.backfill_runs(found[0])
