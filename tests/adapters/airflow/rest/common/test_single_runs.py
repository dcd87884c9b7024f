"""Runs one by one, for releases before 3.3. tests/live shows that Airflow behaves like this."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlopsctl.adapters.airflow.rest.v2.client import AirflowApiV2
from mlopsctl.core.errors import MlopsctlError
from tests.fake_api import RUN, FakeServer, api_v2

RUNS = "/api/v2/dags/d/dagRuns"
OLD = "3.2.2"


def sent(server: FakeServer) -> list[tuple[str, object]]:
    return [
        (f"{r.method} {r.url.path.removeprefix(RUNS)}", json.loads(r.content) if r.content else None)
        for r in sorted(server.requests, key=lambda request: request.url.path.split("/")[6])
    ]


def test_clear_sets_the_note_first(tmp_path: Path) -> None:
    server = FakeServer({f"PATCH {RUNS}/a": (200, {}), f"POST {RUNS}/a/clear": (200, {})})
    api_v2(tmp_path, server, version=OLD).clear_runs("d", ["a"], note="n")
    assert sent(server) == [
        ("PATCH /a", {"note": "n"}),
        ("POST /a/clear", {"dry_run": False, "run_on_latest_version": True}),
    ]
    server.requests.clear()
    api_v2(tmp_path, server, version="3.0.6").clear_runs("d", ["a"])
    assert sent(server) == [("POST /a/clear", {"dry_run": False})]


def test_end_changes_each_run_and_skips_missing_ones(tmp_path: Path) -> None:
    server = FakeServer({f"PATCH {RUNS}/a": (200, {}), f"PATCH {RUNS}/b": (200, {})})
    api_v2(tmp_path, server, version=OLD).mark_runs_failed("d", ["a", "b", "gone"], "why")
    changed = {"state": "failed", "note": "why"}
    assert sent(server) == [("PATCH /a", changed), ("PATCH /b", changed), ("PATCH /gone", changed)]
    server.requests.clear()
    api_v2(tmp_path, server, version=OLD).mark_runs_success("d", iter(["a"]))
    assert sent(server) == [("PATCH /a", {"state": "success"})]


def test_delete_keeps_a_running_run(tmp_path: Path) -> None:
    """Airflow 3.0 would delete it."""
    answers = {f"GET {RUNS}/{name}": (200, RUN | {"state": state, "dag_run_id": name}) for name, state in (
        ("a", "failed"), ("b+1", "running"), ("c", "queued"),
    )}  # fmt: skip
    server = FakeServer(answers | {f"DELETE {RUNS}/a": (204, None), f"DELETE {RUNS}/c": (204, None)})
    with pytest.raises(MlopsctlError, match=r"did not delete 1 of 4 runs: b\+1 is running\.") as caught:
        api_v2(tmp_path, server, version="3.0.6").delete_runs("d", ["a", "b+1", "c", "gone"])
    assert caught.value.code == "refused"
    assert [method for method, _ in sent(server)] == [
        "GET /a",
        "DELETE /a",
        "GET /b+1",
        "GET /c",
        "DELETE /c",
        "GET /gone",
    ]


@pytest.mark.parametrize(
    ("call", "verb"),
    [
        (lambda api: api.clear_runs("d", ["a", "b", "c"]), "clear"),
        (lambda api: api.mark_runs_failed("d", ["a", "b", "c"]), "end"),
    ],
)
def test_rejected_run_does_not_keep_the_others(tmp_path: Path, call: Callable[[AirflowApiV2], None], verb: str) -> None:
    request = "POST {}/clear" if verb == "clear" else "PATCH {}"
    server = FakeServer({request.format(f"{RUNS}/{name}"): (200, {}) for name in "bc"})
    server.answers[request.format(f"{RUNS}/a")] = (409, {"detail": "it is busy"})
    with pytest.raises(MlopsctlError, match=f"did not {verb} 1 of 3 runs: it is busy"):
        call(api_v2(tmp_path, server, version=OLD))
    assert len(server.requests) == 3


def test_active_run_is_looked_for_here_without_a_filter_by_prefix(tmp_path: Path) -> None:
    """A release without the filter ignores it and returns other runs."""
    listed = [RUN | {"dag_run_id": name} for name in ("manual__2", "mlopsctl__1")]
    server = FakeServer({f"GET {RUNS}": (200, {"dag_runs": listed, "total_entries": 2})})
    api = api_v2(tmp_path, server, version="3.1.8")
    found = api.active_run("d", "mlopsctl__")
    assert found and found.run_id == "mlopsctl__1"
    assert "run_id_prefix_pattern" not in server.params
    assert api.active_run("d", "other__") is None
