"""Pausing and unpausing: only what differs is changed, and nothing if one DAG is unknown."""

import json
from pathlib import Path

import httpx
import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.states import StepState
from mlopsctl.operations.dags import switch
from tests.fake_api import DAG, api_v2


class TwoDags:
    """`on` is active, `off` is paused; records what is changed."""

    def __init__(self) -> None:
        self.changed: list[tuple[str, bool]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.split("/")[4] if request.url.path.count("/") > 3 else ""
        if request.method == "PATCH":
            self.changed.append((name, json.loads(request.content)["is_paused"]))
        dags = {name: {**DAG, "dag_id": name, "is_paused": name == "off"} for name in ("on", "off")}
        if not name:
            return httpx.Response(200, json={"dags": list(dags.values()), "import_errors": [], "total_entries": 2})
        return httpx.Response(200, json=dags[name]) if name in dags else httpx.Response(404, json={"detail": "no"})


def test_only_dags_that_differ_are_changed(tmp_path: Path) -> None:
    server = TwoDags()
    api = api_v2(tmp_path, server)
    plan = switch.plan_pause(api, ["on", "off", "on"])
    assert [(step.name, step.what) for step in plan.steps] == [("on", "pause"), ("off", "")]
    assert not server.changed
    steps = list(switch.run(plan, api, pause=True))
    assert [(step.name, step.state) for step in steps] == [("on", StepState.CHANGED), ("off", StepState.OK)]
    assert server.changed == [("on", True)]


def test_unknown_dag_changes_nothing(tmp_path: Path) -> None:
    server = TwoDags()
    with pytest.raises(MlopsctlError, match="Did you mean off") as caught:
        switch.plan_pause(api_v2(tmp_path, server), ["on", "of"])
    assert caught.value.code == "unknown-dag"
    assert not server.changed
