"""DAGs through the API. tests/live shows that Airflow behaves like this."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.core.errors import MlopsctlError
from tests.fake_api import DAG, FakeServer, api_v2


def test_timezone_of_the_metadata_takes_precedence(tmp_path: Path) -> None:
    server = FakeServer({"GET /api/v2/dags/d/details": (200, DAG)})
    assert api_v2(tmp_path, server, timezone="America/New_York").dag("d").timezone == "America/New_York"
    found = api_v2(tmp_path, server).dag("d")
    assert (found.timezone, found.schedule, found.backfillable, found.paused) == ("Asia/Seoul", None, False, True)
    assert (found.tags, found.max_active_runs, found.start) == (("a", "b"), 16, datetime(2023, 6, 1, tzinfo=UTC))


def test_unknown_dag_suggests_similar_ids(tmp_path: Path) -> None:
    dags = {"dags": [DAG | {"dag_id": name} for name in ("data_extract_pipeline", "training")], "total_entries": 2}
    answers = {"GET /api/v2/dags": (200, dags), "GET /api/v2/importErrors": (200, {"total_entries": 0})}
    with pytest.raises(MlopsctlError) as caught:
        api_v2(tmp_path, FakeServer(answers)).dag("data_extrct_pipeline")
    error = caught.value
    assert error.message == "there is no DAG 'data_extrct_pipeline'. Did you mean data_extract_pipeline?"
    assert (error.code, error.hint.text()) == ("unknown-dag", "mlopsctl dags list")


@pytest.mark.parametrize(
    ("broken", "detail", "hint"),
    [
        (2, " 2 DAG files could not be imported.", "mlopsctl dags errors"),
        (0, "", "mlopsctl dags list   # linked just now? parse it with: mlopsctl dags clean"),
    ],
)
def test_unknown_dag_without_a_similar_id_points_to_parsing(
    tmp_path: Path, broken: int, detail: str, hint: str
) -> None:
    answers = {
        "GET /api/v2/dags": (200, {"dags": [], "total_entries": 0}),
        "GET /api/v2/importErrors": (200, {"total_entries": broken}),
    }
    with pytest.raises(MlopsctlError) as caught:
        api_v2(tmp_path, FakeServer(answers)).dag("x")
    assert (caught.value.message, caught.value.hint.text()) == (f"there is no DAG 'x'.{detail}", hint)


def test_summary_is_one_request(tmp_path: Path) -> None:
    server = FakeServer({"GET /api/v2/dags/d": (200, DAG)})
    assert api_v2(tmp_path, server, timezone="Asia/Tokyo").dag_summary("d").dag_id == "d"
    assert len(server.requests) == 1


def test_set_paused(tmp_path: Path) -> None:
    server = FakeServer({"PATCH /api/v2/dags/d": (200, DAG)})
    api_v2(tmp_path, server).set_paused("d", False)
    assert server.body == {"is_paused": False}


@pytest.mark.parametrize("status", [200, 404, 409])
def test_reparse_is_requested_once(tmp_path: Path, status: int) -> None:
    server = FakeServer({"PUT /api/v2/parseDagFile/a/b": (status, {"detail": "requested already"})})
    api_v2(tmp_path, server).reparse_file("a/b")
    assert server.requests[-1].url.raw_path == b"/api/v2/parseDagFile/a%2Fb"


def test_reparse_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(RequestRejected):
        api_v2(tmp_path, FakeServer({"PUT /api/v2/parseDagFile/t": (422, {"detail": "no"})})).reparse_file("t")


@pytest.mark.parametrize("mapped", [False, True])
def test_tasks_of_a_dag_are_counted(tmp_path: Path, mapped: bool) -> None:
    tasks = [
        {"task_id": "a", "depends_on_past": False, "is_mapped": False},
        {"task_id": "b", "depends_on_past": True, "is_mapped": mapped},
    ]
    api = api_v2(tmp_path, FakeServer({"GET /api/v2/dags/d/tasks": (200, {"tasks": tasks, "total_entries": 2})}))
    assert api.count_dag_tasks("d") == (2, mapped)
    assert api.tasks_with_depends_on_past("d") == {"b"}
