"""What is asked of the script that makes runs of Airflow 2. tests/live shows what it does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow.dag_run_script import DagRunScript
from mlopsctl.adapters.airflow.interface import MAX_SLOTS, RequestRejected
from mlopsctl.adapters.airflow.programs import AirflowPrograms
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.paths import Home

AT = datetime(2024, 1, 1, tzinfo=UTC)
DAY = (AT, AT + timedelta(days=1))
TEXT = [at.isoformat() for at in DAY]


def script(monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]) -> tuple[DagRunScript, list[Any]]:
    """The script with that answer, and the requests that it gets."""
    asked: list[Any] = []

    def converse(_: AirflowPrograms, name: str, request: dict[str, Any]) -> dict[str, Any]:
        asked.append((name, request))
        return answer

    monkeypatch.setattr(AirflowPrograms, "converse", converse)
    return DagRunScript(AirflowPrograms(Home(Path("/h")))), asked


def test_slots_are_instants_with_their_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    runs, asked = script(monkeypatch, {"slots": [[TEXT[0], *TEXT]]})
    assert runs.slots("d", *DAY, limit=MAX_SLOTS) == {AT: DAY}
    words = {"dag_id": "d", "start": TEXT[0], "end": TEXT[1], "limit": MAX_SLOTS + 1}
    assert asked == [("dag_runs", {"slots": words})]


@pytest.mark.parametrize("created", [True, False])
def test_run_is_created_unless_it_exists(monkeypatch: pytest.MonkeyPatch, created: bool) -> None:
    runs, asked = script(monkeypatch, {"created": created})
    assert runs.create("d", "r", AT, DAY, None) is created
    request = {"dag_id": "d", "run_id": "r", "logical_date": TEXT[0], "interval": TEXT, "conf": {}}
    assert asked == [("dag_runs", {"create": request})]


@pytest.mark.parametrize(
    ("kind", "error"), [("rejected", RequestRejected), ("unserialized", MlopsctlError), ("unavailable", Unavailable)]
)
def test_reason_of_a_failure_is_shown(monkeypatch: pytest.MonkeyPatch, kind: str, error: type[MlopsctlError]) -> None:
    runs, _ = script(monkeypatch, {kind: "because"})
    with pytest.raises(MlopsctlError, match="because") as caught:
        runs.create("d", "r", AT, DAY, None)
    assert type(caught.value) is error
