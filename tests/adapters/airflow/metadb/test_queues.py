"""The query itself runs in tests/live."""

from typing import Any

from mlopsctl.adapters.airflow.metadb.queues import QueueQueries
from mlopsctl.core.workers import TasksOfQueue


class Answered(QueueQueries):
    def query_json(self, sql: str) -> list[Any]:
        assert "task_instance" in sql
        return [
            {"queue": "default", "waiting": 3, "running": 1, "oldest": 12.5},
            {"queue": "gpu", "waiting": 0, "running": 2, "oldest": None},
        ]


def test_rows_are_queues_with_their_tasks() -> None:
    assert Answered().tasks_of_queues() == [TasksOfQueue("default", 3, 1, 12.5), TasksOfQueue("gpu", 0, 2, None)]
