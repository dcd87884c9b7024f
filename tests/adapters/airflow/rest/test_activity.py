"""What a watcher asks of the API, and what it makes of the answer."""

from datetime import UTC, datetime
from pathlib import Path

import httpx

from mlopsctl.adapters.airflow.rest.client import AirflowApi
from mlopsctl.core.model import ActiveTask

RAW = {
    "dag_id": "d", "task_id": "t", "logical_date": None, "run_after": "2024-01-03T00:00:00Z",
    "start_date": "2024-02-01T00:00:00Z", "end_date": None,
}  # fmt: skip


def api(tmp_path: Path, asked: list[httpx.URL]) -> AirflowApi:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(200, json={"task_instances": [RAW], "dag_runs": [], "total_entries": 7})

    (tmp_path / "token").write_text("t")
    return AirflowApi("http://x", tmp_path / "none", tmp_path / "token", transport=httpx.MockTransport(answer))


def test_tasks_of_all_dags_with_their_number(tmp_path: Path) -> None:
    asked: list[httpx.URL] = []
    found, number = api(tmp_path, asked).tasks_now(("running",), 5, "start_date")
    assert found == [ActiveTask("d", "t", "2024-01-03", datetime(2024, 2, 1, tzinfo=UTC))]
    assert (number, asked[0].path) == (7, "/api/v2/dags/~/dagRuns/~/taskInstances")
    assert dict(asked[0].params) == {"state": "running", "limit": "5", "order_by": "start_date"}


def test_the_number_of_runs(tmp_path: Path) -> None:
    asked: list[httpx.URL] = []
    assert api(tmp_path, asked).count_all_runs("queued") == 7
    assert asked[0].params["state"] == "queued"
