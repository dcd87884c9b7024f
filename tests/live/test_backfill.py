"""Backfills on the real scheduler, with both engines."""

import json
import os
import re
import signal
import subprocess
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mlopsctl.adapters.airflow.task_processes import running_task_ids
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.paths import Home
from tests.live.conftest import LivePlatform, Result, environment

pytestmark = pytest.mark.live

DATA = {
    "dag_id",
    "from",
    "to",
    "timezone",
    "engine",
    "backfill_id",
    "counts",
    "runs",
    "seconds",
    "scheduled_runs",
    "rerun_conf",
    "downstream",
}
COUNTS = {"total", "new", "again", "kept", "success", "failed", "running", "queued", "skipped", "empty", "left_out"}
RUN = {"date", "logical_date", "ds", "action", "state", "run_id"}


def dag_runs(platform: LivePlatform, dag: str) -> list[dict[str, Any]]:
    """A DAG's runs from Airflow, in the order of their logical dates."""
    return platform.http.pages(f"/api/v2/dags/{dag}/dagRuns", "dag_runs", {"order_by": "logical_date"})


def backfill(platform: LivePlatform, dag: str, first: str, last: str, *words: str) -> Result:
    return platform.mlopsctl("backfill", dag, "--from", first, "--to", last, *words)


def green(result: Result, number: int) -> dict[str, Any]:
    """The data of a successful backfill, with exactly the contract's keys."""
    assert result.code == 0, result.out + result.err
    answer = result.json
    assert set(answer) == {"version", "command", "status", "data", "errors"}
    assert (answer["version"], answer["command"], answer["status"], answer["errors"]) == (1, "backfill", "ok", [])
    data: dict[str, Any] = answer["data"]
    assert set(data) == DATA and set(data["counts"]) == COUNTS
    assert all(set(run) == RUN and run["state"] == "success" for run in data["runs"])
    assert data["counts"]["total"] == data["counts"]["success"] == len(data["runs"]) == number
    return data


def error_of(result: Result) -> dict[str, str]:
    """The one error of a command that exited with 1."""
    assert result.code == 1, result.out + result.err
    (error,) = result.json["errors"]
    assert set(error) == {"code", "message", "hint", "hint_command"}
    return dict(error)


def test_two_weeks_of_the_feature_pipeline(platform: LivePlatform) -> None:
    data = green(backfill(platform, "data_extract_pipeline", "2023-12-18", "2023-12", "--unpause", "--json"), 14)
    assert (data["engine"], data["timezone"], data["from"], data["to"]) == (
        "runs", "Asia/Seoul", "2023-12-18", "2023-12-31",
    )  # fmt: skip
    assert [run["ds"] for run in data["runs"]] == [run["date"] for run in data["runs"]]
    applicants = "SELECT applicant_date, COUNT(*) FROM mlops.loan_applicant_info {} GROUP BY 1 ORDER BY 1"
    wanted = platform.features.query(applicants.format("WHERE applicant_date BETWEEN 20231218 AND 20231231"))
    made = "SELECT base_dt, COUNT(*) FROM mlops.ineligible_loan_model_features GROUP BY 1 ORDER BY 1"
    assert len(wanted) == 14
    assert platform.features.query(made) == wanted


def test_failures_are_reported_and_the_same_command_resumes(platform: LivePlatform, failing: Path) -> None:
    failing.write_text("2024-01-03 2024-01-04 2024-01-06")
    result = backfill(platform, "live_manual", "2024-01-01", "2024-01-07")
    assert result.code == 1
    assert "failed   2024-01-03…04, 06" in result.err
    assert "all 3: task work: ValueError: the data of <date> is not there yet\n" in result.err
    assert "the end of the log of task work, 2024-01-03:" in result.err
    assert "  ValueError: the data of 2024-01-03 is not there yet" in result.err
    assert "site-packages/airflow/sdk" not in result.err  # frames that are the same in all logs
    again = f"mlopsctl --home {platform.home} backfill live_manual --from 2024-01-01 --to 2024-01-07"
    assert result.err.endswith(f"hint: {again}\n")

    failing.write_text("2024-01-06")
    result = backfill(platform, "live_manual", "2024-01-01", "2024-01-07", "--json")
    assert (result.code, result.json["status"]) == (1, "partial")
    assert [error["code"] for error in result.json["errors"]] == ["unfinished"]
    assert Counter(run["action"] for run in result.json["data"]["runs"]) == {"kept": 4, "again": 3}
    assert [run["date"] for run in result.json["data"]["runs"] if run["state"] == "failed"] == ["2024-01-06"]

    failing.unlink()
    data = green(backfill(platform, "live_manual", "2024-01-01", "2024-01-07", "--only", "failed", "--json"), 7)
    assert data["counts"]["again"] == 1
    nothing = backfill(platform, "live_manual", "2024-01-01", "2024-01-07")
    assert nothing.code == 0 and "nothing to do" in nothing.err


def test_named_days_from_option_file_and_stdin(platform: LivePlatform, tmp_path: Path, failing: Path) -> None:
    failing.write_text("2025-03-05 2025-03-09")
    words = ("backfill", "live_manual", "--json", "--dates")
    result = platform.mlopsctl(*words, "2025-03-04..2025-03-06,2025-03-09")
    assert (result.code, result.json["data"]["counts"]["total"]) == (1, 4)
    again = "backfill live_manual --dates 2025-03-05,2025-03-09"
    assert result.json["errors"][0]["hint"] == f"mlopsctl --home {platform.home} {again}"
    failing.unlink()
    file = tmp_path / "days"
    file.write_text("2025-03-05 # was late\n2025-03-09\n")
    data = green(platform.mlopsctl(*words, f"@{file}"), 2)
    assert [(run["date"], run["action"]) for run in data["runs"]] == [("2025-03-05", "again"), ("2025-03-09", "again")]
    data = green(platform.mlopsctl(*words, "-", input="2025-03-09\n2025-03-11\n"), 2)
    assert [run["action"] for run in data["runs"]] == ["kept", "new"]
    days = [
        run["date"]
        for run in platform.json("runs", "live_manual", "--from", "2025-03", "--to", "2025-03")["data"]["runs"]
    ]
    assert days == [f"2025-03-{n:02}" for n in (4, 5, 6, 9, 11)]


def test_per_run_engine_gives_runs_the_data_intervals_of_the_schedule(platform: LivePlatform) -> None:
    words = ("backfill", "live_data_interval", "--dates", "2024-02-01,2024-02-03", "--unpause", "--json")
    result = platform.mlopsctl(*words)
    assert green(result, 2)["engine"] == "runs"
    assert "        data from 2024-02-03 00:00 to 2024-02-04 00:00" in result.err
    ours = [run for run in dag_runs(platform, "live_data_interval") if run["dag_run_id"].startswith("mlopsctl__")]
    assert [(run["data_interval_start"], run["data_interval_end"]) for run in ours] == [
        ("2024-01-31T15:00:00Z", "2024-02-01T15:00:00Z"), ("2024-02-02T15:00:00Z", "2024-02-03T15:00:00Z"),
    ]  # fmt: skip
    theirs = backfill(platform, "live_data_interval", "2024-02-04", "2024-02-04", "--json")
    assert green(theirs, 1)["engine"] == "airflow"
    (run,) = [run for run in dag_runs(platform, "live_data_interval") if run["run_type"] == "backfill"]
    assert (run["data_interval_start"], run["data_interval_end"]) == ("2024-02-03T15:00:00Z", "2024-02-04T15:00:00Z")
    four = platform.mlopsctl("backfill", "live_six_hours", "--dates", "2024-02-05", "--unpause", "--json")
    assert len({run["run_id"] for run in green(four, 4)["runs"]}) == 4


def test_holes_are_filled_even_if_their_runs_succeeded(platform: LivePlatform) -> None:
    table = "mlops.ineligible_loan_model_features"
    words = ("data_extract_pipeline", "2024-01-10", "2024-01-12")
    green(backfill(platform, *words, "--unpause", "--json"), 3)
    platform.features.query(f"DELETE FROM {table} WHERE base_dt IN ('20240110', '20240112')")
    holes = backfill(platform, *words, "--only", "holes", "--json")
    assert [(run["date"], run["action"]) for run in green(holes, 2)["runs"]] == [
        ("2024-01-10", "again"), ("2024-01-12", "again"),
    ]  # fmt: skip
    made = platform.features.query(
        f"SELECT DISTINCT base_dt FROM {table} WHERE base_dt BETWEEN '20240110' AND '20240112'"
    )
    assert len(made) == 3
    none = backfill(platform, *words, "--only", "holes")
    assert none.code == 0 and "nothing to do" in none.err
    unset = backfill(platform, "live_manual", "2024-01-10", "2024-01-12", "--only", "holes", "--json")
    assert unset.code == 2 and "config set fills" in unset.json["errors"][0]["hint"]
    written = backfill(platform, "live_west", "2024-01-10", "2024-01-11", "--only", "holes", "--table", table, "--json")
    assert written.code == 0, written.err  # the other pipeline has filled them


def test_run_that_writes_nothing_leaves_a_hole(platform: LivePlatform) -> None:
    platform.features.query("CREATE TABLE IF NOT EXISTS mlops.live_nothing (base_dt CHAR(8))")
    words = ("live_manual", "2023-10-01", "2023-10-02", "--only", "holes", "--table", "mlops.live_nothing", "--json")
    result = backfill(platform, *words)
    assert (result.code, result.json["status"]) == (1, "partial")
    assert [error["code"] for error in result.json["errors"]] == ["still-holes"]
    assert "2 days still have no row in mlops.live_nothing: 2023-10-01…02" in result.json["errors"][0]["message"]
    platform.features.query("DROP TABLE mlops.live_nothing")


@pytest.mark.parametrize(("dag", "engine"), [("live_manual", "runs"), ("live_spare", "airflow")])
def test_max_failures_leaves_the_rest_unrun(platform: LivePlatform, failing: Path, dag: str, engine: str) -> None:
    failing.write_text(" ".join(f"2023-11-{n:02}" for n in range(1, 15)))
    words = (dag, "2023-11-01", "2023-11-14", "--max-failures", "3", "--max-active", "2", "--unpause", "--json")
    result = backfill(platform, *words)
    assert result.code == 1 and result.json["data"]["engine"] == engine
    (error,) = result.json["errors"]
    stopped = re.fullmatch(r"stopped after \d failures: (\d+) dates were not run  .*", error["message"])
    assert stopped and int(stopped[1]) >= 5
    failing.unlink()
    data = green(backfill(platform, *words), 14)
    assert data["counts"]["new"] + data["counts"]["again"] == 14


def test_chunks_run_one_after_the_other(platform: LivePlatform) -> None:
    result = backfill(platform, "live_manual", "2023-12-01", "2023-12-10", "--chunk", "4d", "--json")
    data = green(result, 10)
    runs = {run["dag_run_id"]: run for run in dag_runs(platform, "live_manual")}
    times = [(runs[run["run_id"]]["queued_at"], runs[run["run_id"]]["end_date"]) for run in data["runs"]]
    for first, last in ((0, 4), (4, 8)):
        assert max(end for _, end in times[first:last]) < min(begin for begin, _ in times[last : last + 4])


def test_ten_years_of_days_are_planned(platform: LivePlatform) -> None:
    result = backfill(platform, "live_decade", "2010-01-01", "2019-12-29", "--dry-run", "--json")
    assert result.json["data"]["counts"]["total"] == 3650
    screen = backfill(platform, "live_decade", "2010-01-01", "2010-03-02", "--dry-run").out.splitlines()
    assert screen == [
        "MONTH    1       5         10        15        20        25        30",
        "2010-01  " + " ".join("+" * 31), "2010-02  " + " ".join("+" * 28), "2010-03  + +", "+ new",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("dag", "first", "last", "runs"),
    [
        ("live_new_york", "2024-03-09", "2024-03-11", 3),
        ("live_new_york", "2024-11-02", "2024-11-04", 3),
        ("live_new_york_hourly", "2024-03-10", "2024-03-10", 23),
        ("live_new_york_hourly", "2024-11-03", "2024-11-03", 25),
        ("live_monthly", "2024-01-01", "2024-12-31", 12),
        ("live_weekdays", "2024-01-01", "2024-01-31", 23),
        ("live_six_hours", "2024-03-09", "2024-03-11", 12),
        ("live_data_interval", "2024-01-01", "2024-01-31", 31),
        ("live_data_delta", "2024-01-01", "2024-01-31", 16),
        ("live_new_york_hourly", "2024-01-01", "2024-03-31", 24 * 91 - 1),
    ],
)
def test_dates_match_airflows_dry_run_across_clock_changes_and_calendars(
    platform: LivePlatform, dag: str, first: str, last: str, runs: int
) -> None:
    planned = backfill(platform, dag, first, last, "--dry-run", "--json").json["data"]
    instants = [datetime.fromisoformat(run["logical_date"]) for run in planned["runs"]]
    assert len(instants) == runs
    zone = ZoneInfo(planned["timezone"])
    midnight = datetime.combine(date.fromisoformat(last), datetime.min.time(), zone) + timedelta(days=1)
    body = {
        "dag_id": dag, "from_date": datetime.fromisoformat(first).replace(tzinfo=zone).isoformat(),
        "to_date": (midnight.astimezone(UTC) - timedelta(microseconds=1)).isoformat(), "run_backwards": False,
        "max_active_runs": 1, "reprocess_behavior": "completed",
    }  # fmt: skip
    dry = platform.http.send("POST", "/api/v2/backfills/dry_run", body, timeout=120)["backfills"]
    assert instants == [datetime.fromisoformat(run["logical_date"]) for run in dry]


def test_orphaned_runs_run_again_with_both_engines(platform: LivePlatform, failing: Path) -> None:
    failing.write_text("2024-05-01 2024-05-02 2024-05-03 2024-05-04")
    words = ("live_spare", "2024-05-01", "2024-05-08")
    stopped = backfill(platform, *words, "--max-failures", "1", "--max-active", "1", "--unpause", "--json")
    assert stopped.json["errors"][0]["code"] == "stopped"
    failing.unlink()
    ids = [{"dag_run_id": run["run_id"]} for run in stopped.json["data"]["runs"]]
    platform.http.send("POST", "/api/v2/dags/live_spare/clearDagRuns", {"dry_run": False, "dag_runs": ids})
    assert "8 stuck → again" in backfill(platform, *words, "--dry-run").err
    named = platform.mlopsctl("backfill", "live_spare", "--dates", "2024-05-01..2024-05-02", "--json")
    assert green(named, 2)["engine"] == "runs"
    data = green(backfill(platform, *words, "--json"), 8)
    assert (data["engine"], data["counts"]["again"], data["counts"]["kept"]) == ("airflow", 6, 2)


def test_only_missing_leaves_failures_out(platform: LivePlatform, failing: Path) -> None:
    failing.write_text("2023-02-01")
    assert backfill(platform, "live_manual", "2023-02-01", "2023-02-01").code == 1
    failing.unlink()
    result = backfill(platform, "live_manual", "2023-02-01", "2023-02-03", "--only", "missing", "--json")
    assert result.code == 1
    assert [(run["action"], run["state"]) for run in result.json["data"]["runs"]] == [
        ("kept", "failed"), ("new", "success"), ("new", "success"),
    ]  # fmt: skip


def test_successful_runs_run_again_only_after_confirmation(platform: LivePlatform) -> None:
    first = green(backfill(platform, "live_west", "2023-02-01", "2023-02-03", "--json"), 3)
    assert [run["logical_date"] for run in first["runs"]] == [f"2023-02-0{n}T05:00:00+00:00" for n in (1, 2, 3)]
    refused = backfill(platform, "live_west", "2023-02-01", "2023-02-03", "--all", "--json")
    assert error_of(refused)["code"] == "not-confirmed"
    again = green(backfill(platform, "live_west", "2023-02-01", "2023-02-03", "--all", "--yes", "--json"), 3)
    assert [run["action"] for run in again["runs"]] == ["again"] * 3
    assert [run["run_id"] for run in again["runs"]] == [run["run_id"] for run in first["runs"]]


def test_dry_run_shows_the_plan_and_changes_nothing(platform: LivePlatform) -> None:
    result = backfill(platform, "live_midnight", "2024-02-28", "2024-03-01", "--dry-run", "--json")
    answer = result.json
    assert (result.code, answer["status"]) == (0, "planned")
    assert set(answer["data"]) == DATA
    assert answer["data"]["runs"] == [
        {"date": date, "logical_date": f"{ds}T15:00:00+00:00", "ds": ds, "action": "new", "state": None, "run_id": None}
        for date, ds in (("2024-02-28", "2024-02-27"), ("2024-02-29", "2024-02-28"), ("2024-03-01", "2024-02-29"))
    ]
    assert "in 3 of 3 runs, ds is not the day you named" in result.err
    assert platform.json("runs", "live_midnight", "--from", "2024-02", "--to", "2024-03")["data"]["runs"] == []


def test_paused_dag_is_refused_then_unpaused_then_paused_again(platform: LivePlatform, failing: Path) -> None:
    error = error_of(backfill(platform, "live_daily", "2024-01-01", "2024-01-04", "--json"))
    assert error["code"] == "paused" and "--unpause" in error["hint"]
    failing.write_text("2024-01-02")
    words = ("live_daily", "2024-01-01", "2024-01-04", "--unpause", "--repause", "--json")
    assert backfill(platform, *words, "--conf", '{"call": 1}').code == 1
    failing.unlink()
    data = green(backfill(platform, *words, "--conf", '{"call": 2}'), 4)  # Airflow may not have closed the first one
    calls = {run["conf"]["call"] for run in dag_runs(platform, "live_daily") if run["run_type"] == "backfill"}
    assert calls == ({1} if data["rerun_conf"] == "kept" else {1, 2})
    assert (data["engine"], data["timezone"]) == ("airflow", "UTC")
    assert isinstance(data["backfill_id"], int)
    assert [run["action"] for run in data["runs"]] == ["kept", "again", "kept", "kept"]
    (dag,) = [dag for dag in platform.json("dags", "list")["data"]["dags"] if dag["dag_id"] == "live_daily"]
    assert dag["paused"] is True


def test_catchup_runs_are_counted_and_confirmed_before_the_dag_is_unpaused(platform: LivePlatform) -> None:
    words = ("live_catchup", "2023-01-01", "2023-01-03", "--unpause", "--json")
    planned = backfill(platform, *words, "--dry-run").json["data"]
    assert (planned["scheduled_runs"], planned["counts"]["total"]) == (5, 3)
    assert error_of(backfill(platform, *words))["code"] == "not-confirmed"
    assert not dag_runs(platform, "live_catchup")
    data = green(backfill(platform, *words, "--yes"), 3)
    assert data["scheduled_runs"] == 5
    (consumer,) = data["downstream"]
    unused = consumer.pop("unused_updates")
    assert consumer == {"dag_id": "live_consumer", "paused": False, "asset": "live-days", "task": None}
    assert 0 <= unused <= 3  # of the updates of this backfill; those of the catchup's five runs start the consumer, too
    deadline = time.monotonic() + 60
    while len(dag_runs(platform, "live_catchup")) < 8:
        assert time.monotonic() < deadline
        time.sleep(0.3)
    platform.json("dags", "pause", "live_catchup")
    assert platform.json("dags", "unpause", "live_catchup")["data"]["scheduled_runs"] == {"live_catchup": 0}


def test_days_are_days_in_the_dags_time_zone(platform: LivePlatform) -> None:
    hours = green(backfill(platform, "live_hourly", "2024-01-01", "2024-01-01", "--unpause", "--json"), 24)
    assert hours["runs"][0]["logical_date"] == "2023-12-31T15:00:00+00:00"
    assert hours["runs"][-1]["logical_date"] == "2024-01-01T14:00:00+00:00"
    dawn = green(backfill(platform, "live_dawn", "2024-01-01", "2024-01-03", "--unpause", "--json"), 3)
    assert [(run["date"], run["logical_date"]) for run in dawn["runs"]][-1] == (
        "2024-01-03",
        "2024-01-02T19:00:00+00:00",
    )


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["live_manul", "2024-01-01", "2024-01-02"], "unknown-dag", "Did you mean live_manual"),
        (["live_past", "2024-01-01", "2024-01-02", "--unpause", "--reverse"], "depends-on-past", "depends_on_past"),
        (["live_manual", "2022-12-30", "2023-01-01"], "outside", "Airflow would run no task in 2 of these runs"),
        (["live_manual", "2023-03-01", "2023-07-31"], "not-confirmed", "153 runs will be started."),
    ],
)
def test_obstacles_are_found_before_anything_is_created(
    platform: LivePlatform, words: list[str], code: str, message: str
) -> None:
    dag, first, last, *options = words
    error = error_of(backfill(platform, dag, first, last, *options, "--json"))
    assert error["code"] == code and message in error["message"]
    if code != "unknown-dag":
        assert platform.json("runs", dag, "--from", first, "--to", last)["data"]["runs"] == []


def test_range_without_a_run_is_a_usage_error(platform: LivePlatform) -> None:
    tomorrow = backfill(platform, "live_daily", "today", "2999-01-01")
    assert tomorrow.code == 2 and "'2999-01-01' is in the future" in tomorrow.err
    weekdays = backfill(platform, "live_weekly", "2024-01-01", "2024-01-06", "--json")
    assert weekdays.code == 2
    (error,) = weekdays.json["errors"]
    assert error["code"] == "empty-range" and "its schedule is 0 0 * * 0" in error["message"]


def test_day_that_has_not_begun_in_utc_is_left_out(platform: LivePlatform) -> None:
    result = backfill(platform, "live_early", "yesterday", "today", "--json")
    data = green(result, 1)
    assert (data["from"], data["to"]) == (data["runs"][0]["date"], data["runs"][0]["date"])
    assert "23:59 +23:59. It is left out." in result.err
    today = backfill(platform, "live_early", "today", "today", "--json")
    assert (today.code, today.json["errors"][0]["code"]) == (2, "empty-range")


def test_active_manual_run_belongs_to_the_range_if_it_is_on_the_schedule(platform: LivePlatform) -> None:
    for at in ("2024-06-02T00:00:00Z", "2024-06-02T13:30:00Z"):  # the DAG is paused: they stay queued
        platform.http.send("POST", "/api/v2/dags/live_spare/dagRuns", {"logical_date": at})
    data = green(backfill(platform, "live_spare", "2024-06-01", "2024-06-03", "--unpause", "--json"), 3)
    assert [(run["logical_date"][:10], run["action"]) for run in data["runs"]] == [
        ("2024-06-01", "new"), ("2024-06-02", "kept"), ("2024-06-03", "new"),
    ]  # fmt: skip


def test_run_without_a_task_is_no_success_and_is_replaced(platform: LivePlatform) -> None:
    """Its only task starts in 2024. Runs of Airflow's own backfill have it all the same."""
    words = ("live_later", "2023-06-01", "2023-06-02", "--unpause", "--json")
    green(backfill(platform, *words), 2)
    empty = {"logical_date": "2023-06-03T00:00:00Z"}
    platform.http.send("POST", "/api/v2/dags/live_later/dagRuns", empty)
    days = ("live_later", "2023-06-01", "2023-06-03", "--json")
    found = backfill(platform, *days)
    assert (found.code, error_of(found)["code"], found.json["data"]["counts"]["empty"]) == (1, "no-task-ran", 1)
    assert error_of(found)["hint"].endswith("backfill live_later --from 2023-06-03 --to 2023-06-03 --all")
    green(backfill(platform, "live_later", "2023-06-03", "2023-06-03", "--all", "--yes", "--json"), 1)
    assert backfill(platform, *days).code == 0


def start(platform: LivePlatform, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        platform.command(*words), env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def until_there_are_runs(platform: LivePlatform, dag: str, month: str, *states: str) -> None:
    """Of the month that is named `YYYY-MM`, in one of the states."""
    first = datetime.fromisoformat(f"{month}-01T00:00:00Z")
    end = (first + timedelta(days=31)).replace(day=1)
    asked = {"logical_date_gte": first.isoformat(), "logical_date_lt": end.isoformat()}
    http, deadline = platform.http, time.monotonic() + 120
    while not http.count(f"/api/v2/dags/{dag}/dagRuns", asked | {"state": list(states)}):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_killed_backfill_is_finished_by_the_same_command(platform: LivePlatform) -> None:
    words = ("live_manual", "2023-04-01", "2023-04-30", "--conf", '{"sleep": 1}', "--json")
    with start(platform, "backfill", words[0], "--from", words[1], "--to", words[2], *words[3:]) as first:
        until_there_are_runs(platform, "live_manual", "2023-04")
        first.send_signal(signal.SIGKILL)
    green(backfill(platform, *words), 30)
    runs = platform.json("runs", "live_manual", "--from", "2023-04", "--to", "2023-04")["data"]["runs"]
    assert Counter(run["date"] for run in runs) == {f"2023-04-{n:02}": 1 for n in range(1, 31)}


def test_second_backfill_is_refused_and_ctrl_c_leaves_the_runs_alone(platform: LivePlatform, morning: Path) -> None:
    days = ("--from", "2023-05-01", "--to", "2023-05-20")
    words = ("backfill", "live_manual", *days, "--conf", '{"sleep": 120}', "--json")
    with start(platform, *words) as first:
        until_there_are_runs(platform, "live_manual", "2023-05")
        error = error_of(platform.mlopsctl(*words))
        assert error["code"] == "backfill-active"
        assert re.match(r"backfill [0-9a-f]{6} is already active on live_manual: ", error["message"])
        assert re.search(r"backfills watch [0-9a-f]{6}$", error["hint"])
        assert f"mlopsctl backfill live_manual (process {first.pid})" in error["message"]
        first.send_signal(signal.SIGINT)
        out, err = first.communicate(timeout=60)
    result = Result(first.returncode, out, err)
    assert (result.code, result.json["status"]) == (130, "partial")
    assert result.json["errors"][0]["code"] == "interrupted"
    late = backfill(platform, "live_manual", "2023-05-01", "2023-05-20", "--timeout", "1s", "--json")
    assert (late.code, late.json["errors"][0]["code"]) == (4, "timeout")
    morning.touch()
    green(backfill(platform, "live_manual", "2023-05-01", "2023-05-20", "--json"), 20)


def test_other_backfill_on_the_dag_is_named(platform: LivePlatform) -> None:
    body = {"dag_id": "live_past", "from_date": "2024-03-01T00:00:00Z", "to_date": "2024-03-03T00:00:00Z",
            "reprocess_behavior": "failed"}  # fmt: skip
    began = platform.http.send("POST", "/api/v2/backfills", body)  # the DAG is paused: its runs stay queued
    error = error_of(backfill(platform, "live_past", "2024-03-01", "2024-03-05", "--unpause", "--json"))
    assert error["code"] == "backfill-active"
    assert error["message"].startswith(f"backfill {began['id']} is already active on live_past: 3 of its runs")
    platform.http.send("PUT", f"/api/v2/backfills/{began['id']}/cancel")


def preload_report(platform: LivePlatform) -> dict[str, Any]:
    """What the scheduler has preloaded."""
    content: dict[str, Any] = json.loads((platform.home / "cache" / "preload" / "scheduler.json").read_text())
    return content


def test_backfill_succeeds_although_the_scheduler_is_killed_twice(platform: LivePlatform, morning: Path) -> None:
    """After the second time, soon after a start, it runs without preloaded modules, until it is restarted."""
    supervisor, deadline = Supervisor(Home(platform.home)), time.monotonic() + 180
    os.utime(platform.home / "cache" / "preload" / "scheduler.json", (0, 0))  # as if it had started long ago
    words = ("backfill", "live_west", "--from", "2023-06-01", "--to", "2023-06-08", "--conf", '{"sleep": 120}')
    with start(platform, *words, "--json") as running:
        while not running_task_ids(supervisor):
            assert time.monotonic() < deadline, "no task begins"
            time.sleep(0.2)
        for state in ("done", "skipped"):
            os.kill(before := preload_report(platform)["pid"], signal.SIGKILL)  # and with it its tasks, at their sleep
            while (report := preload_report(platform))["pid"] == before or report["state"] == "importing":
                assert time.monotonic() < deadline, "it does not come back"
                time.sleep(0.2)
            assert report["state"] == state
        morning.touch()
        out, err = running.communicate(timeout=300)
    green(Result(running.returncode, out, err), 8)
    platform.healthy()
    assert supervisor.orphans() == []
    (check,) = platform.mlopsctl("doctor", "--only", "preload", "--json").json["data"]["checks"]
    assert (check["verdict"], "restart scheduler" in check["hint"]) == ("warning", True)
    platform.json("restart", "scheduler")
    assert preload_report(platform)["state"] == "done"


def test_restarting_api_server_is_waited_for(platform: LivePlatform) -> None:
    words = ("backfill", "live_west", "--from", "2023-07-01", "--to", "2023-07-06", "--max-active", "2", "--json")
    with start(platform, *words) as running:
        until_there_are_runs(platform, "live_west", "2023-07")
        assert platform.mlopsctl("restart", "api-server").code == 0
        out, err = running.communicate(timeout=300)
    result = Result(running.returncode, out, err)
    if result.code:  # a task that found no server when it ended has failed: the same command makes it green
        assert result.code == 1, err
        result = platform.mlopsctl(*words)
    green(result, 6)
    assert "does not answer" in err or "answered 5" in err
