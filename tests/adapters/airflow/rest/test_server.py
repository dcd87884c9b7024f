"""Which Airflow answers, and what it can do. tests/live asks real ones."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.adapters.airflow.rest.server import Server, ServerCapabilities, detect
from mlopsctl.core.errors import MlopsctlError, Unavailable
from tests.adapters.airflow import specs
from tests.fake_api import FakeServer, Handler

V1, V2 = "GET /api/v1/version", "GET /api/v2/version"


@pytest.fixture
def client(tmp_path: Path) -> Callable[[Handler], AirflowHttp]:
    (tmp_path / "token").write_text("t")

    def build(handler: Handler) -> AirflowHttp:
        transport = httpx.MockTransport(handler)
        return AirflowHttp("http://x", tmp_path / "password", tmp_path / "token", retry_for=0, transport=transport)

    return build


def test_detect_asks_for_the_newest_api_first_and_without_a_login(client: Callable[[Handler], AirflowHttp]) -> None:
    server = FakeServer({V2: (200, {"version": "3.2.2"}), V1: (200, {"version": "2.11.2"})})
    assert detect(client(server)) == Server("3.2.2", 2)
    del server.answers[V2]
    assert detect(client(server)) == Server("2.11.2", 1)
    assert not any("Authorization" in request.headers for request in server.requests)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<!doctype html><title>Airflow</title>"),
        httpx.Response(200, json=["3.3.2"]),
        httpx.Response(200, json={}),
        httpx.Response(404, json={"detail": "Not Found"}),
    ],
)
def test_detect_demands_a_version_in_json(client: Callable[[Handler], AirflowHttp], answer: httpx.Response) -> None:
    with pytest.raises(MlopsctlError) as caught:
        detect(client(lambda _: answer))
    assert caught.value.code == "not-airflow"


def test_detect_raises_what_is_no_answer(client: Callable[[Handler], AirflowHttp]) -> None:
    with pytest.raises(RequestRejected, match="forbidden"):
        detect(client(lambda _: httpx.Response(403, json={"detail": "forbidden"})))
    with pytest.raises(Unavailable):
        detect(client(lambda _: httpx.Response(503)))


class RealisticServer(FakeServer):
    def __init__(self, version: str) -> None:
        super().__init__({V2: (200, {"version": version}), "GET /openapi.json": (200, specs.document(version))})


def test_capabilities_are_read_once_per_version(client: Callable[[Handler], AirflowHttp], tmp_path: Path) -> None:
    server, file = RealisticServer("3.1.8"), tmp_path / "cache" / "capabilities.json"
    http = client(server)
    for _ in range(2):
        assert ServerCapabilities(http, "3.1.8", file).value == specs.capabilities("3.1.8")
    assert len(server.requests) == 2
    upgraded = RealisticServer("3.3.2")
    assert ServerCapabilities(client(upgraded), "3.3.2", file).value.bulk_runs


def test_capabilities_are_those_of_the_server_that_is_still_running(
    client: Callable[[Handler], AirflowHttp], tmp_path: Path
) -> None:
    found = ServerCapabilities(client(RealisticServer("3.1.8")), "3.3.2", tmp_path / "capabilities").value
    assert (found.version, found.bulk_runs) == ("3.1.8", False)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"version": "3.3.2", "older": true}'])
def test_unknown_cache_is_replaced(client: Callable[[Handler], AirflowHttp], tmp_path: Path, text: str) -> None:
    file = tmp_path / "capabilities"
    file.write_text(text)
    assert ServerCapabilities(client(RealisticServer("3.3.2")), "3.3.2", file).value == specs.capabilities("3.3.2")
