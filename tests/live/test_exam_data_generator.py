"""Exam data from Airflow's web page: the DAG on a real scheduler, whose tasks run mlopsctl."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.adapters.files import locked
from mlopsctl.core.paths import Home
from tests.live.conftest import LivePlatform, Result

pytestmark = pytest.mark.live

DAG = "exam_data_generator"


def trigger(platform: LivePlatform, start_day: str, end_day: str, *words: str) -> Result:
    conf = json.dumps({"start_day": start_day, "end_day": end_day})
    return platform.mlopsctl("trigger", DAG, "--conf", conf, "--unpause", *words, "--json")


def tasks(api: AirflowHttp, run_id: str) -> list[dict[str, Any]]:
    """The run's tasks, in the order of their start."""
    answer = api.send("GET", f"/api/v2/dags/{DAG}/dagRuns/{run_id}/taskInstances")
    found: list[dict[str, Any]] = answer["task_instances"]
    return sorted(found, key=lambda task: task["start_date"] or "9")


def log_of(platform: LivePlatform, run_id: str, task: str) -> str:
    folder = platform.home / "airflow" / "logs" / f"dag_id={DAG}" / f"run_id={run_id}" / f"task_id={task}"
    return "".join(map(Path.read_text, sorted(folder.rglob("*.log"))))


def days(platform: LivePlatform, month: str) -> list[str]:
    sql = "SELECT DISTINCT base_dt FROM mlops.cust_info WHERE base_dt LIKE %s ORDER BY 1"
    return [row[0] for row in platform.features.query(sql, (f"{month}%",))]


def test_a_range_is_seeded_month_by_month_one_after_the_other(platform: LivePlatform) -> None:
    result = trigger(platform, "20270130", "20270202", "--wait")
    assert (result.code, result.json["data"]["state"]) == (0, "success"), result.out + result.err
    assert days(platform, "2027") == ["20270130", "20270131", "20270201", "20270202"]
    run_id = result.json["data"]["run_id"]
    check, *months = tasks(platform.http, run_id)
    assert check["task_id"] == "check_range"
    assert [(month["rendered_map_index"], month["try_number"]) for month in months] == [("2027-01", 1), ("2027-02", 1)]
    assert months[0]["end_date"] <= months[1]["start_date"]
    log = log_of(platform, run_id, "seed_month")
    assert "2 days written" in log and '"logger":"task.stderr"' not in log


@pytest.mark.parametrize(
    ("start_day", "end_day", "reason"),
    [
        (
            "20231130",
            "20270301",
            "20231130 … 20270301 overlaps the reference period 20230601 … 20231130, which models ",
        ),
        ("20230401", "20230430", "exam data start on 2023-06-01"),  # the message of mlopsctl
    ],
)
def test_a_refused_range_fails_at_once_with_the_reason_in_the_log(
    platform: LivePlatform, start_day: str, end_day: str, reason: str
) -> None:
    result = trigger(platform, start_day, end_day, "--wait")
    assert result.code == 1
    assert f"AirflowFailException: {reason}" in result.err  # the end of the failed task's log
    states = {task["task_id"]: task["state"] for task in tasks(platform.http, result.json["data"]["run_id"])}
    assert states == {"check_range": "failed", "seed_month": "upstream_failed"}
    assert days(platform, "202703") == []


def test_invalid_day_is_refused(platform: LivePlatform) -> None:
    result = trigger(platform, "2027-03-01", "20270301")
    assert result.code == 1
    assert "start_day must be text that matches" in result.json["errors"][0]["message"]


def test_a_month_is_retried_while_another_command_runs(platform: LivePlatform) -> None:
    api = platform.http
    with locked(Home(platform.home).lock, "seed"):
        run_id = trigger(platform, "20270401", "20270401").json["data"]["run_id"]
        deadline = time.monotonic() + 180
        while tasks(api, run_id)[-1]["state"] != "up_for_retry":
            assert time.monotonic() < deadline, tasks(api, run_id)
            time.sleep(0.2)
        log = log_of(platform, run_id, "seed_month")
        assert "AirflowException" in log and "mlopsctl seed (process " in log
    while (month := tasks(api, run_id)[-1])["state"] != "success":
        assert month["state"] != "failed" and time.monotonic() < deadline + 180, month
        time.sleep(0.2)
    assert month["try_number"] == 2
    assert days(platform, "202704") == ["20270401"]
