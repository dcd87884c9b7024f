from pathlib import Path

import pytest

from mlopsctl.adapters.airflow.metadb.client import MetadataDatabase
from mlopsctl.core.paths import Home
from mlopsctl.core.workers import Report, TasksOfQueue
from mlopsctl.operations.workers.registry import Registry
from tests.cli.commands import only_object
from tests.conftest import call_cli

REPORT = Report(True, True, 8, ("gpu",), "3.3.2", "abc", 50.0, 2.0, 3.0)


def test_queues_are_shown_with_what_waits(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [TasksOfQueue("gpu", 2, 1, 90.0), TasksOfQueue("default", 0, 3, None)]
    monkeypatch.setattr(MetadataDatabase, "tasks_of_queues", lambda _: found)
    Registry(Home(home)).add("w1")
    Registry(Home(home)).report("w1", REPORT)
    rows = {row["name"]: row for row in only_object(call_cli("--home", home, "queues", "--json"))["data"]["queues"]}
    assert (rows["gpu"]["workers"], rows["gpu"]["slots"], rows["gpu"]["waiting"]) == (1, 8, 2)
    assert (rows["gpu"]["oldest_seconds"], rows["default"]["oldest_seconds"]) == (90.0, None)
    shown = call_cli("--home", home, "queues").out.splitlines()
    assert shown[0].split() == ["QUEUE", "WORKERS", "SLOTS", "WAITING", "OLDEST"]
    (gpu,) = [line for line in shown if line.startswith("gpu")]
    assert gpu.split()[:4] == ["gpu", "1", "8", "2"] and "1 min 30 s" in gpu


def test_a_metadata_database_that_does_not_answer_is_an_error(home: Path) -> None:
    ran = call_cli("--home", home, "queues", "--json")
    assert ran.code == 1 and only_object(ran)["errors"][0]["hint"]
