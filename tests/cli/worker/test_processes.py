import re
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.testclient import TestClient

from mlopsctl.cli.worker.processes import _say
from mlopsctl.core.settings import Settings
from mlopsctl.core.workers import OPEN_SOURCE
from tests.conftest import call_cli


def test_the_api_for_hosts_is_on_loopback_and_no_header_replaces_an_address(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the address of the other side, it knows who has shown a certificate."""
    served: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda app, **how: served.update(how, app=app))
    assert call_cli("--home", home, "worker", "serve").code == 0
    assert (served["host"], served["port"]) == ("127.0.0.1", Settings().worker_api_port)
    assert served["proxy_headers"] is False
    forged = {"X-Forwarded-For": "127.0.0.2", "Forwarded": "for=127.0.0.2"}
    client = TestClient(served["app"], client=(OPEN_SOURCE, 5000), headers=forged)
    assert client.get("/dags").status_code == 403 and client.get("/authority").status_code == 200


def test_an_agent_needs_a_host_that_has_joined(home: Path) -> None:
    ran = call_cli("--home", home, "worker", "agent")
    assert ran.code == 1 and "has not joined" in ran.err


def test_each_line_of_a_log_has_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    _say("ready")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ready\n", capsys.readouterr().err)
