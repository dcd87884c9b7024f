"""DAGs and import errors as the real dag-processor sees them."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live

GOOD = """
from airflow.sdk import dag, task
import pendulum

@dag(schedule=None, start_date=pendulum.datetime(2023, 1, 1, tz="UTC"), is_paused_upon_creation=False)
def live_breaks():
    @task
    def work():
        pass
    work()

live_breaks()
"""


def until(read: Callable[[], Any], wanted: Callable[[Any], bool], seconds: float = 60) -> Any:
    """What `read` answers once it is as `wanted`."""
    deadline = time.monotonic() + seconds
    while not wanted(answer := read()):
        assert time.monotonic() < deadline, answer
        time.sleep(0.5)
    return answer


def test_the_list_has_the_contracts_keys(platform: LivePlatform) -> None:
    dags = platform.json("dags", "list")["data"]["dags"]
    assert all(set(dag) == {"dag_id", "schedule", "paused", "file", "tags"} for dag in dags)
    (dawn,) = [dag for dag in dags if dag["dag_id"] == "live_dawn"]
    assert (dawn["schedule"], dawn["tags"]) == ("0 4 * * *", ["live"])
    assert dawn["file"].endswith("/dags/live_cases/periodic.py")
    (manual,) = [dag for dag in dags if dag["dag_id"] == "live_manual"]
    assert (manual["schedule"], manual["paused"]) == (None, False)


def test_an_import_error_has_a_cause_and_stops_a_backfill(platform: LivePlatform) -> None:
    file = platform.home / "airflow" / "dags" / "live_breaks.py"

    def errors() -> list[dict[str, str]]:
        found: list[dict[str, str]] = platform.json("dags", "errors")["data"]["errors"]
        return found

    def names() -> list[str]:
        return [dag["dag_id"] for dag in platform.json("dags", "list")["data"]["dags"]]

    assert errors() == []
    try:
        file.write_text(GOOD)
        until(names, lambda known: "live_breaks" in known)
        file.write_text("import not_installed_here\n" + GOOD)
        (error,) = until(errors, bool)
        assert set(error) == {"file", "cause", "message", "hint", "traceback"}
        assert (error["file"], error["cause"]) == ("live_breaks.py", "missing-module")
        assert error["message"] == "ModuleNotFoundError: No module named 'not_installed_here' (live_breaks.py, line 1)"
        assert "setup --requirements FILE" in error["hint"]
        shown = platform.mlopsctl("dags", "errors").out
        assert shown.startswith("live_breaks.py\n  missing-module: ModuleNotFoundError")

        result = platform.mlopsctl("backfill", "live_breaks", "--from", "2023-01-01", "--to", "2023-01-02", "--json")
        assert (result.code, result.json["errors"][0]["code"]) == (1, "import-error")
        assert "No module named 'not_installed_here'" in result.json["errors"][0]["message"]
    finally:
        file.unlink()
    until(errors, lambda found: not found)
