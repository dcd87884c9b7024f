import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlopsctl.errors import MlopsctlError
from tests.adapters.test_airflow_api import Airflow, api

AT = datetime(2024, 1, 1, tzinfo=UTC)
RUNS = "/api/v2/dags/d/dagRuns"


def test_runs_are_ended_in_one_request_with_a_note(tmp_path: Path) -> None:
    airflow = Airflow({f"PATCH {RUNS}": (200, {"update": {"success": ["d.a"], "errors": []}})})
    api(tmp_path, airflow).fail_runs("d", ["a", "b"], "why")
    assert airflow.body == {
        "actions": [
            {
                "action": "update",
                "action_on_non_existence": "skip",
                "entities": [
                    {"dag_run_id": "a", "state": "failed", "note": "why"},
                    {"dag_run_id": "b", "state": "failed", "note": "why"},
                ],
            }
        ]
    }
    api(tmp_path, airflow).fail_runs("d", ["a"])
    assert airflow.body["actions"][0]["entities"] == [{"dag_run_id": "a", "state": "failed"}]


def test_a_run_that_airflow_does_not_end_is_told(tmp_path: Path) -> None:
    errors = [{"error": "no such DAG", "status_code": 404}]
    airflow = Airflow({f"PATCH {RUNS}": (200, {"update": {"success": [], "errors": errors}})})
    with pytest.raises(MlopsctlError, match="does not end a run: no such DAG"):
        api(tmp_path, airflow).fail_runs("d", ["a"])


@pytest.mark.parametrize(("note", "cancelled"), [("mine", True), ("another's", False), (None, False)])
def test_the_run_that_failed_last_tells_of_a_cancel(tmp_path: Path, note: str | None, cancelled: bool) -> None:
    airflow = Airflow({f"GET {RUNS}": (200, {"dag_runs": [{"note": note}], "total_entries": 9})})
    assert api(tmp_path, airflow).was_cancelled("d", "mine", AT, AT) is cancelled
    asked = airflow.requests[-1].url.params
    assert (asked["state"], asked["order_by"], asked["limit"]) == ("failed", "-end_date", "1")


def test_airflows_own_are_held_and_ended_by_their_number(tmp_path: Path) -> None:
    words = ("pause", "unpause", "cancel")
    airflow = Airflow({f"PUT /api/v2/backfills/7/{word}": (200, {}) for word in words})
    asked = api(tmp_path, airflow)
    for word in words:
        getattr(asked, f"{word}_backfill")(7)
    assert [request.url.path.rpartition("/")[2] for request in airflow.requests] == list(words)
    assert all(not request.content or json.loads(request.content) is None for request in airflow.requests)
