"""An API server that a test scripts, and the client that asks it. No network."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx

from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.adapters.airflow.rest.server import ServerCapabilities
from mlopsctl.adapters.airflow.rest.v1.client import AirflowApiV1
from mlopsctl.adapters.airflow.rest.v1.runs import RunCreator
from mlopsctl.adapters.airflow.rest.v2.client import AirflowApiV2
from mlopsctl.core.deadline import Clock
from tests.adapters.airflow import specs
from tests.fake_clock import FakeClock

Handler = Callable[[httpx.Request], httpx.Response]

RUN = {
    "dag_run_id": "mlopsctl__a__2024-01-01", "dag_id": "d", "logical_date": "2024-01-01T00:00:00Z", "state": "success",
    "run_type": "manual", "start_date": "2024-01-02T00:00:00Z", "end_date": "2024-01-02T00:01:30.5Z",
    "run_after": "2024-01-02T00:00:00Z",
}  # fmt: skip
DAG = {
    "dag_id": "d", "timetable_summary": None, "timezone": "Asia/Seoul", "is_paused": True, "is_backfillable": False,
    "fileloc": "/h/dags/d/d.py", "tags": [{"name": "a"}, {"name": "b"}], "max_active_runs": None,
    "has_import_errors": False, "relative_fileloc": "d/d.py", "file_token": "t", "start_date": "2023-06-01T00:00:00Z",
    "end_date": None,
}  # fmt: skip


class FakeServer:
    """Answers `GET /path` and the like with a status and a body, and records the requests."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status, body = self.answers.get(f"{request.method} {request.url.path}", (404, {"detail": "not found"}))
        return httpx.Response(status, json=body)

    @property
    def body(self) -> Any:
        """Of the last request."""
        return json.loads(self.requests[-1].content)

    @property
    def params(self) -> httpx.QueryParams:
        """Of the last request."""
        return self.requests[-1].url.params


def api_v2(
    folder: Path,
    handler: Handler,
    *,
    version: str = specs.NEWEST,
    timezone: str | None = None,
    clock: Clock | None = None,
) -> AirflowApiV2:
    """`folder`: for the token and the password. `timezone`: of every DAG, as the metadata would have it."""
    http, server = _connect(folder, handler, version, clock)
    return AirflowApiV2(http, server, timezone_of=lambda dag_id: timezone)


def api_v1(
    folder: Path, handler: Handler, *, version: str = "2.11.2", run_creator: RunCreator | None = None
) -> AirflowApiV1:
    """As api_v2(). The DAGs folder is `/h/dags`."""
    http, server = _connect(folder, handler, version)
    return AirflowApiV1(http.with_session, server, run_creator=run_creator, dags_folder="/h/dags")


def _connect(
    folder: Path, handler: Handler, version: str, clock: Clock | None = None
) -> tuple[AirflowHttp, ServerCapabilities]:
    token, password = folder / "token", folder / "password"
    token.write_text("t")
    password.write_text("secret")
    http = AirflowHttp("http://x", password, token, transport=httpx.MockTransport(handler), clock=clock or FakeClock())
    can = folder / "capabilities.json"
    can.write_text(json.dumps(asdict(specs.capabilities(version))))
    return http, ServerCapabilities(http, version, can)
