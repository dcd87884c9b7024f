import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import NativeBackfill
from tests.adapters.airflow.rest.test_client import Airflow, api

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


def test_runs_are_a_success_again_in_one_request_and_keep_their_notes(tmp_path: Path) -> None:
    airflow = Airflow({f"PATCH {RUNS}": (200, {"update": {"success": ["d.a"], "errors": []}})})
    api(tmp_path, airflow).pass_runs("d", ["a"])
    assert airflow.body["actions"][0]["entities"] == [{"dag_run_id": "a", "state": "success"}]


def test_a_run_that_airflow_does_not_end_is_told(tmp_path: Path) -> None:
    errors = [{"error": "no such DAG", "status_code": 404}]
    airflow = Airflow({f"PATCH {RUNS}": (200, {"update": {"success": [], "errors": errors}})})
    with pytest.raises(MlopsctlError, match="does not end a run: no such DAG"):
        api(tmp_path, airflow).fail_runs("d", ["a"])


@pytest.mark.parametrize(("note", "cancelled"), [("mine", True), ("another's", False), (None, False)])
def test_the_run_that_failed_last_tells_of_a_cancel(tmp_path: Path, note: str | None, cancelled: bool) -> None:
    airflow = Airflow({f"GET {RUNS}": (200, {"dag_runs": [{"note": note}], "total_entries": 9})})
    assert api(tmp_path, airflow).was_cancelled("d", "mine", AT, AT, since=AT) is cancelled
    asked = airflow.requests[-1].url.params
    assert asked["end_date_gte"] == AT.isoformat()
    assert (asked["state"], asked["order_by"], asked["limit"]) == ("failed", "-end_date", "1")


def test_airflows_own_are_held_and_ended_by_their_number(tmp_path: Path) -> None:
    words = ("pause", "unpause", "cancel")
    airflow = Airflow({f"PUT /api/v2/backfills/7/{word}": (200, {}) for word in words})
    asked = api(tmp_path, airflow)
    for word in words:
        getattr(asked, f"{word}_backfill")(7)
    assert [request.url.path.rpartition("/")[2] for request in airflow.requests] == list(words)
    assert all(not request.content or json.loads(request.content) is None for request in airflow.requests)


def test_the_active_backfill_is_the_one_that_is_not_closed(tmp_path: Path) -> None:
    closed = {
        "id": 1, "dag_id": "d", "from_date": "2024-01-01T00:00:00Z", "to_date": "2024-01-01T23:59:59.999999Z",
        "completed_at": "2024-01-02T00:00:00Z", "is_paused": False,
    }  # fmt: skip
    listed = {"backfills": [closed | {"id": 2, "completed_at": None, "is_paused": True}, closed], "total_entries": 2}
    airflow = Airflow({"GET /api/v2/backfills": (200, listed)})
    last = datetime(2024, 1, 1, 23, 59, 59, 999999, tzinfo=UTC)
    assert api(tmp_path, airflow).active_backfill("d") == NativeBackfill(2, "d", AT, last, active=True, paused=True)
    listed["backfills"] = [closed]
    assert api(tmp_path, airflow).active_backfill("d") is None


@pytest.mark.parametrize(
    ("completed", "paused", "cancelled"), [(None, True, False), ("x", False, False), ("x", True, True)]
)
def test_a_cancelled_backfill_is_closed_and_paused(
    tmp_path: Path, completed: str | None, paused: bool, cancelled: bool
) -> None:
    told = {"id": 7, "dag_id": "d", "from_date": "2024-01-01T00:00:00Z", "to_date": "2024-01-02T00:00:00Z"}
    airflow = Airflow({"GET /api/v2/backfills/7": (200, told | {"completed_at": completed, "is_paused": paused})})
    assert api(tmp_path, airflow).backfill(7).cancelled is cancelled


def test_a_dag_by_partition_has_no_dates(tmp_path: Path) -> None:
    airflow = Airflow({"POST /api/v2/backfills/dry_run": (200, {"backfills": [{"logical_date": None}]})})
    with pytest.raises(MlopsctlError, match="runs by partition"):
        api(tmp_path, airflow).dry_run_backfill("d", AT, AT)
