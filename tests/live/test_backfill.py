"""Backfills on the real scheduler, by both engines."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow_http import AirflowHttp
from mlopsctl.paths import Home
from tests.live.conftest import LivePlatform, Result, environment

pytestmark = pytest.mark.live

DATA = {"dag_id", "from", "to", "timezone", "engine", "backfill_id", "counts", "runs", "seconds"}
COUNTS = {"total", "new", "again", "kept", "success", "failed", "running", "queued", "skipped"}
RUN = {"date", "logical_date", "ds", "action", "state", "run_id"}


def http(platform: LivePlatform) -> AirflowHttp:
    """Airflow's REST API, past mlopsctl's own words."""
    home = Home(platform.home)
    port = platform.json("status")["data"]["api_url"].rpartition(":")[2]
    return AirflowHttp(f"http://127.0.0.1:{port}", home.secret("service-password"), home.secret("api-token"))


@pytest.fixture
def failing(platform: LivePlatform) -> Iterator[Path]:
    """The file that names the days on which the tests' DAGs fail."""
    file = platform.home / "airflow" / "live-failing"
    yield file
    file.unlink(missing_ok=True)


def backfill(platform: LivePlatform, dag: str, first: str, last: str, *words: str) -> Result:
    return platform.mlopsctl("backfill", dag, "--from", first, "--to", last, *words)


def green(result: Result, number: int) -> dict[str, Any]:
    """The data of a backfill that went well, with exactly the contract's keys."""
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
    """The one error of a command that failed in a way we foresaw."""
    assert result.code == 1, result.out + result.err
    (error,) = result.json["errors"]
    assert set(error) == {"code", "message", "hint"}
    return dict(error)


def test_december_of_the_course(platform: LivePlatform) -> None:
    data = green(backfill(platform, "data_extract_pipeline", "2023-12", "2023-12", "--unpause", "--json"), 31)
    assert (data["engine"], data["timezone"], data["from"], data["to"]) == (
        "runs", "Asia/Seoul", "2023-12-01", "2023-12-31",
    )  # fmt: skip
    assert [run["ds"] for run in data["runs"]] == [run["date"] for run in data["runs"]]
    applicants = "SELECT applicant_date, COUNT(*) FROM mlops.loan_applicant_info {} GROUP BY 1 ORDER BY 1"
    wanted = platform.features.query(applicants.format("WHERE applicant_date LIKE '202312%%'"))
    made = "SELECT base_dt, COUNT(*) FROM mlops.ineligible_loan_model_features GROUP BY 1 ORDER BY 1"
    assert len(wanted) == 31
    assert platform.features.query(made) == wanted


def test_failures_are_told_and_the_same_command_is_the_resume(platform: LivePlatform, failing: Path) -> None:
    failing.write_text("2024-01-03 2024-01-04 2024-01-06")
    result = backfill(platform, "live_manual", "2024-01-01", "2024-01-07")
    assert result.code == 1
    assert "failed   2024-01-03…04, 06" in result.err
    assert "ValueError: the data of 2024-01-03 is not there yet" in result.err
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
    began = time.monotonic()
    nothing = backfill(platform, "live_manual", "2024-01-01", "2024-01-07")
    assert time.monotonic() - began < 1.5
    assert nothing.code == 0 and "nothing to do" in nothing.err


def test_only_what_is_missing_leaves_a_failure_alone_and_says_so(platform: LivePlatform, failing: Path) -> None:
    failing.write_text("2023-02-01")
    assert backfill(platform, "live_manual", "2023-02-01", "2023-02-01").code == 1
    failing.unlink()
    result = backfill(platform, "live_manual", "2023-02-01", "2023-02-03", "--only", "missing", "--json")
    assert result.code == 1
    assert [(run["action"], run["state"]) for run in result.json["data"]["runs"]] == [
        ("kept", "failed"), ("new", "success"), ("new", "success"),
    ]  # fmt: skip


def test_successes_run_again_only_when_that_was_confirmed(platform: LivePlatform) -> None:
    first = green(backfill(platform, "live_west", "2023-02-01", "2023-02-03", "--json"), 3)
    assert [run["logical_date"] for run in first["runs"]] == [f"2023-02-0{n}T05:00:00+00:00" for n in (1, 2, 3)]
    refused = backfill(platform, "live_west", "2023-02-01", "2023-02-03", "--all", "--json")
    assert error_of(refused)["code"] == "not-confirmed"
    again = green(backfill(platform, "live_west", "2023-02-01", "2023-02-03", "--all", "--yes", "--json"), 3)
    assert [run["action"] for run in again["runs"]] == ["again"] * 3
    assert [run["run_id"] for run in again["runs"]] == [run["run_id"] for run in first["runs"]]


def test_a_dry_run_shows_the_plan_and_touches_nothing(platform: LivePlatform) -> None:
    result = backfill(platform, "live_midnight", "2024-02-28", "2024-03-01", "--dry-run", "--json")
    answer = result.json
    assert (result.code, answer["status"]) == (0, "planned")
    assert set(answer["data"]) == DATA
    assert answer["data"]["runs"] == [
        {"date": date, "logical_date": f"{ds}T15:00:00+00:00", "ds": ds, "action": "new", "state": None, "run_id": None}
        for date, ds in (("2024-02-28", "2024-02-27"), ("2024-02-29", "2024-02-28"), ("2024-03-01", "2024-02-29"))
    ]
    assert "ds is not the day that is named in 3 of 3 runs" in result.err
    assert platform.json("runs", "live_midnight", "--from", "2024-02", "--to", "2024-03")["data"]["runs"] == []


def test_a_paused_dag_is_refused_then_unpaused_then_paused_again(platform: LivePlatform, failing: Path) -> None:
    error = error_of(backfill(platform, "live_daily", "2024-01-01", "2024-01-04", "--json"))
    assert (error["code"], error["hint"]) == ("paused", "say it again with --unpause")
    failing.write_text("2024-01-02")
    words = ("live_daily", "2024-01-01", "2024-01-04", "--unpause", "--repause", "--json")
    assert backfill(platform, *words).code == 1
    failing.unlink()
    data = green(backfill(platform, *words), 4)  # while Airflow has not closed the first one
    assert (data["engine"], data["timezone"]) == ("airflow", "UTC")
    assert isinstance(data["backfill_id"], int)
    assert [run["action"] for run in data["runs"]] == ["kept", "again", "kept", "kept"]
    (dag,) = [dag for dag in platform.json("dags", "list")["data"]["dags"] if dag["dag_id"] == "live_daily"]
    assert dag["paused"] is True


def test_a_day_is_whole_in_the_dags_time_zone(platform: LivePlatform) -> None:
    hours = green(backfill(platform, "live_hourly", "2024-01-01", "2024-01-01", "--unpause", "--json"), 24)
    assert hours["runs"][0]["logical_date"] == "2023-12-31T15:00:00+00:00"
    assert hours["runs"][-1]["logical_date"] == "2024-01-01T14:00:00+00:00"
    dawn = green(backfill(platform, "live_dawn", "2024-01-01", "2024-01-03", "--unpause", "--json"), 3)
    assert [(run["date"], run["logical_date"]) for run in dawn["runs"]][-1] == (
        "2024-01-03",
        "2024-01-02T19:00:00+00:00",
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["live_manul", "2024-01-01", "2024-01-02"], "unknown-dag", "Did you mean live_manual"),
        (["live_past", "2024-01-01", "2024-01-02", "--unpause", "--reverse"], "depends-on-past", "depends_on_past"),
        (["live_manual", "2022-12-30", "2023-01-01"], "outside", "in 2 of these runs no task would run"),
        (["live_manual", "2023-03-01", "2023-07-31"], "not-confirmed", "153 runs will be made."),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(
    platform: LivePlatform, words: list[str], code: str, said: str
) -> None:
    dag, first, last, *options = words
    error = error_of(backfill(platform, dag, first, last, *options, "--json"))
    assert error["code"] == code and said in error["message"]
    if code != "unknown-dag":
        assert platform.json("runs", dag, "--from", first, "--to", last)["data"]["runs"] == []


def test_a_range_without_a_run_is_wrong_usage(platform: LivePlatform) -> None:
    tomorrow = backfill(platform, "live_daily", "today", "2999-01-01")
    assert tomorrow.code == 2 and "'2999-01-01' is in the future" in tomorrow.err
    weekdays = backfill(platform, "live_weekly", "2024-01-01", "2024-01-06", "--json")
    assert weekdays.code == 2
    (error,) = weekdays.json["errors"]
    assert error["code"] == "empty-range" and "its schedule is 0 0 * * 0" in error["message"]


def start(platform: LivePlatform, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        platform.command(*words), env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def until_there_are_runs(platform: LivePlatform, dag: str, month: str, *states: str) -> None:
    until = time.monotonic() + 30
    while True:
        runs = platform.json("runs", dag, "--from", month, "--to", month)["data"]["runs"]
        if any(not states or run["state"] in states for run in runs):
            return
        assert time.monotonic() < until


def test_killed_it_is_finished_by_the_same_command(platform: LivePlatform) -> None:
    words = ("live_manual", "2023-04-01", "2023-04-30", "--conf", '{"sleep": 1}', "--json")
    with start(platform, "backfill", words[0], "--from", words[1], "--to", words[2], *words[3:]) as first:
        until_there_are_runs(platform, "live_manual", "2023-04")
        first.send_signal(signal.SIGKILL)
    green(backfill(platform, *words), 30)
    runs = platform.json("runs", "live_manual", "--from", "2023-04", "--to", "2023-04")["data"]["runs"]
    assert Counter(run["date"] for run in runs) == {f"2023-04-{n:02}": 1 for n in range(1, 31)}


def test_of_two_at_once_the_second_is_refused_and_ctrl_c_leaves_the_runs_alone(platform: LivePlatform) -> None:
    words = (
        "backfill",
        "live_manual",
        "--from",
        "2023-05-01",
        "--to",
        "2023-05-20",
        "--conf",
        '{"sleep": 3}',
        "--json",
    )
    with start(platform, *words) as first:
        until_there_are_runs(platform, "live_manual", "2023-05")
        error = error_of(platform.mlopsctl(*words))
        assert error["code"] == "backfill-active"
        assert f"mlopsctl backfill live_manual (process {first.pid})" in error["message"]
        first.send_signal(signal.SIGINT)
        out, err = first.communicate(timeout=20)
    result = Result(first.returncode, out, err)
    assert (result.code, result.json["status"]) == (130, "partial")
    assert result.json["errors"][0]["code"] == "interrupted"
    late = backfill(platform, "live_manual", "2023-05-01", "2023-05-20", "--timeout", "1s", "--json")
    assert (late.code, late.json["errors"][0]["code"]) == (4, "timeout")
    green(backfill(platform, "live_manual", "2023-05-01", "2023-05-20", "--json"), 20)


def test_a_backfill_that_somebody_else_began_is_named(platform: LivePlatform) -> None:
    body = {"dag_id": "live_past", "from_date": "2024-03-01T00:00:00Z", "to_date": "2024-03-03T00:00:00Z",
            "reprocess_behavior": "failed"}  # fmt: skip
    began = http(platform).send("POST", "/api/v2/backfills", body)  # the DAG is paused: its runs stay queued
    error = error_of(backfill(platform, "live_past", "2024-03-01", "2024-03-05", "--unpause", "--json"))
    assert error["code"] == "backfill-active"
    assert error["message"].startswith(f"backfill {began['id']} is already active on live_past: 3 of its runs")
    http(platform).send("PUT", f"/api/v2/backfills/{began['id']}/cancel")


def test_a_killed_scheduler_comes_back_and_the_backfill_ends_green(platform: LivePlatform) -> None:
    services = {service["name"]: service for service in platform.json("status")["data"]["services"]}
    words = ("backfill", "live_west", "--from", "2023-06-01", "--to", "2023-06-08", "--conf", '{"sleep": 4}', "--json")
    with start(platform, *words) as running:
        until_there_are_runs(platform, "live_west", "2023-06", "running")
        time.sleep(2)  # its tasks are at their sleep: they die with the scheduler
        os.kill(services["scheduler"]["pid"], signal.SIGKILL)
        out, err = running.communicate(timeout=180)
    green(Result(running.returncode, out, err), 8)


def test_an_api_server_that_restarts_is_waited_for(platform: LivePlatform) -> None:
    words = ("backfill", "live_west", "--from", "2023-07-01", "--to", "2023-07-06", "--max-active", "2", "--json")
    with start(platform, *words) as running:
        until_there_are_runs(platform, "live_west", "2023-07")
        assert platform.mlopsctl("restart", "api-server").code == 0
        out, err = running.communicate(timeout=120)
    result = Result(running.returncode, out, err)
    if result.code:  # a task that found no server when it ended has failed: the same command makes it green
        assert result.code == 1, err
        result = platform.mlopsctl(*words)
    green(result, 6)
    assert "does not answer" in err or "answers 5" in err
