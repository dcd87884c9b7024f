from pathlib import Path
from typing import Any

import psutil
import pytest

from mlopsctl.adapters.airflow.task_processes import end_left_processes, running_task_ids
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.paths import Home

ID = "01a1fd38-be01-720b-b11d-cdf69c684a24"


class Process:
    def __init__(self, *argv: str) -> None:
        self.argv = argv

    def cmdline(self) -> list[str]:
        if not self.argv:
            raise psutil.NoSuchProcess(1)
        return list(self.argv)


def test_task_ids_are_read_from_process_titles(monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[Any] = [
        Process(f"airflow worker -- {ID}"),
        Process(f"airflow worker -- LocalExecutor: {ID[:-1]}5"),  # the worker that supervises it
        Process("airflow worker -- LocalExecutor: <idle>"),
        Process("airflow task runner: d group.t manual__2024-01-01T00:00:00+00:00 17"),  # Airflow 2
        Process("airflow task supervisor: ['airflow', 'tasks', 'run', 'd', 'group.t', 'manual__2024-01-01'"),
        Process("python", "-m", "airflow", "scheduler"),
        Process(),  # it has ended
    ]
    monkeypatch.setattr(Supervisor, "processes", lambda self: running)
    assert running_task_ids(Supervisor(Home(Path("/h")))) == {ID, "d group.t manual__2024-01-01T00:00:00+00:00"}


class Child(Process):
    def __init__(self, pid: int, *argv: str) -> None:
        super().__init__(*argv)
        self.pid = pid
        self.killed = False

    def children(self, *, recursive: bool) -> list["Child"]:
        return []

    def kill(self) -> None:
        self.killed = True


@pytest.mark.parametrize(("running", "killed"), [(False, True), (True, False)])
def test_what_tasks_left_running_is_ended_only_if_no_task_runs(
    monkeypatch: pytest.MonkeyPatch, running: bool, killed: bool
) -> None:
    worker, task = Child(2, "airflow worker -- LocalExecutor: x"), Child(3, f"airflow worker -- {ID}")
    forked, other = Child(4, f"airflow worker -- {ID[:-1]}5"), Child(5, "sleep", "60")  # their parents have ended
    monkeypatch.setattr(Supervisor, "processes", lambda self: [worker, *([task] * running), forked, other])
    monkeypatch.setattr(Supervisor, "orphans", lambda self: [forked, other])
    end_left_processes(Supervisor(Home(Path("/h"))))
    assert [child.killed for child in (worker, task, forked, other)] == [False, False, killed, killed]
