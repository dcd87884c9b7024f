from pathlib import Path
from typing import Any

import psutil
import pytest

from mlopsctl.adapters.airflow.task_processes import tasks_at_work
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.paths import Home

ID = "01a1fd38-be01-720b-b11d-cdf69c684a24"


class Process:
    def __init__(self, *words: str) -> None:
        self.words = words

    def cmdline(self) -> list[str]:
        if not self.words:
            raise psutil.NoSuchProcess(1)
        return list(self.words)


def test_the_title_of_a_tasks_process_holds_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[Any] = [
        Process(f"airflow worker -- {ID}"),
        Process(f"airflow worker -- LocalExecutor: {ID[:-1]}5"),  # the worker that waits for it
        Process("airflow worker -- LocalExecutor: <idle>"),
        Process("python", "-m", "airflow", "scheduler"),
        Process(),  # gone
    ]
    monkeypatch.setattr(Supervisor, "processes", lambda self: running)
    assert tasks_at_work(Supervisor(Home(Path("/h")))) == {ID}
