"""Single runs on the real scheduler."""

from pathlib import Path

import pytest

from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live

DATA = {"dag_id", "run_id", "logical_date", "state", "seconds", "scheduled_runs"}


def test_run_for_a_date_is_waited_for_and_listed(platform: LivePlatform) -> None:
    answer = platform.json("trigger", "live_manual", "--date", "2023-01-05", "--wait")
    assert (answer["command"], answer["status"], answer["errors"]) == ("trigger", "ok", [])
    data = answer["data"]
    assert set(data) == DATA
    assert (data["dag_id"], data["logical_date"], data["state"]) == (
        "live_manual",
        "2023-01-05T00:00:00+00:00",
        "success",
    )

    (run,) = platform.json("runs", "live_manual", "--from", "2023-01-05", "--to", "2023-01-05")["data"]["runs"]
    assert set(run) == {"date", "logical_date", "run_id", "state", "seconds"}
    assert (run["date"], run["run_id"], run["state"]) == ("2023-01-05", data["run_id"], "success")
    assert run["seconds"] > 0
    table = platform.mlopsctl("runs", "live_manual", "--from", "2023-01-05", "--to", "2023-01-05").out.splitlines()
    assert table[1].split()[:2] == ["2023-01-05", "success"]

    again = platform.mlopsctl("trigger", "live_manual", "--date", "2023-01-05", "--json")
    assert again.code == 1
    (error,) = again.json["errors"]
    assert error["code"] == "run-exists" and error["hint"].endswith("--from 2023-01-05 --to 2023-01-05 --all")


def test_failed_run_is_exit_1_with_its_log(platform: LivePlatform, failing: Path) -> None:
    failing.write_text("2023-01-06")
    result = platform.mlopsctl("trigger", "live_manual", "--date", "2023-01-06", "--wait")
    assert result.code == 1
    assert "ValueError: the data of 2023-01-06 is not there yet" in result.err
    assert result.err.endswith("backfill live_manual --from 2023-01-06 --to 2023-01-06\n")


@pytest.mark.parametrize(
    ("conf", "cause", "hint"),
    [
        ('{"name": "execution_date"}', "airflow-2-context", 'write context["logical_date"]'),
        ('{"number": "nan"}', "xcom", "NaN"),
    ],
)
def test_known_causes_of_failures_are_explained(platform: LivePlatform, conf: str, cause: str, hint: str) -> None:
    result = platform.mlopsctl("trigger", "live_manual", "--conf", conf, "--wait", "--json")
    (failure,) = result.json["data"]["failures"]
    assert (result.code, failure["cause"]) == (1, cause)
    assert hint in failure["hint"] and f"hint: {failure['hint']}" in result.err


def test_waiting_ends_at_the_timeout(platform: LivePlatform) -> None:
    words = ("trigger", "live_manual", "--conf", '{"sleep": 5}', "--wait", "--timeout", "1s", "--json")
    result = platform.mlopsctl(*words)
    assert (result.code, result.json["status"]) == (4, "partial")
    assert [error["code"] for error in result.json["errors"]] == ["timeout"]
    assert set(result.json["data"]) == DATA


@pytest.mark.parametrize(
    ("words", "exit_code", "code", "hint"),
    [
        (["live_midnight"], 1, "paused", "--unpause"),
        (["live_hourly", "--date", "2024-02-02", "--unpause"], 1, "no-single-run", "backfill live_hourly"),
        (["live_manual", "--date", "2022-12-31"], 1, "outside", "use --date 2023-01-01"),
        (["live_later", "--date", "2023-05-01", "--unpause"], 1, "outside", "backfill live_later --from 2023-05-01"),
        (["live_later", "--conf", '{"region": "x"}', "--unpause"], 1, "params", '--conf \'{"region": "kr"}\''),
        (["live_manual", "--date", "2999-01-01"], 2, "usage", "use --date today"),
        (["live_early", "--date", "today"], 2, "empty-range", "use --date yesterday"),
        (["manual"], 1, "unknown-dag", "dags list"),
    ],
)
def test_run_that_cannot_start_is_an_error_with_a_hint(
    platform: LivePlatform, words: list[str], exit_code: int, code: str, hint: str
) -> None:
    result = platform.mlopsctl("trigger", *words, "--json")
    assert result.code == exit_code
    (error,) = result.json["errors"]
    assert error["code"] == code and hint in error["hint"]


GONE = """import pendulum
from airflow.sdk import dag, task


@dag(dag_id="live_gone", schedule="@daily", start_date=pendulum.datetime(2023, 1, 1, tz="UTC"), catchup=False)
def gone() -> None:
    @task
    def work() -> None: ...

    work()


gone()
"""


def test_dag_whose_file_is_gone_is_an_error(platform: LivePlatform) -> None:
    file = platform.home / "airflow" / "dags" / "live_gone.py"
    words = ("--from", "2024-01-01", "--to", "2024-01-02", "--unpause", "--json")
    try:
        file.write_text(GONE)
        platform.json("dags", "clean")
        planned = platform.json("backfill", "live_gone", *words, "--dry-run")
        assert (planned["data"]["counts"]["new"], planned["errors"]) == (2, [])
    finally:
        file.unlink()
    platform.json("dags", "clean")
    for command in (("backfill", "live_gone", *words), ("trigger", "live_gone", "--unpause", "--json")):
        refused = platform.mlopsctl(*command)
        assert refused.code == 1
        (error,) = refused.json["errors"]
        assert error["code"] == "dag-gone" and str(file) in error["message"]
