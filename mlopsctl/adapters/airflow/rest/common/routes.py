"""Paths and common parameters of Airflow's API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

ALL = "~"  # as an id: all of them


@dataclass(frozen=True)
class Routes:
    """Of one version of the API. `users`, `roles`: the auth manager's. `date`: how the logical date is called in
    parameters. `last_changed`: sorts runs by their last change, or what comes close to it, the latest first."""

    root: str
    health: str
    users: str
    roles: str
    date: str
    last_changed: str

    @property
    def dags(self) -> str:
        return f"{self.root}/dags"

    @property
    def import_errors(self) -> str:
        return f"{self.root}/importErrors"

    @property
    def connections(self) -> str:
        return f"{self.root}/connections"

    @property
    def pools(self) -> str:
        return f"{self.root}/pools"

    @property
    def variables(self) -> str:
        return f"{self.root}/variables"

    def dag(self, dag_id: str) -> str:
        return f"{self.dags}/{quote(dag_id, safe='')}"

    def dag_file(self, token: str) -> str:
        return f"{self.root}/parseDagFile/{quote(token, safe='')}"

    def runs(self, dag_id: str = ALL) -> str:
        return f"{self.dag(dag_id)}/dagRuns"

    def run(self, dag_id: str, run_id: str) -> str:
        return f"{self.runs(dag_id)}/{quote(run_id, safe='')}"

    def tasks(self, dag_id: str = ALL, run_id: str = ALL) -> str:
        return f"{self.run(dag_id, run_id)}/taskInstances"

    def log(self, dag_id: str, run_id: str, task_id: str, try_number: int) -> str:
        return f"{self.tasks(dag_id, run_id)}/{quote(task_id, safe='')}/logs/{try_number}"

    def connection(self, name: str) -> str:
        return f"{self.connections}/{quote(name, safe='')}"

    def variable(self, name: str) -> str:
        return f"{self.variables}/{quote(name, safe='')}"

    def user(self, username: str) -> str:
        return f"{self.users}/{quote(username, safe='')}"

    def between(self, start: datetime | None, end: datetime | None, states: Sequence[str]) -> dict[str, Any]:
        """Parameters for runs, or their tasks, with logical dates from `start` to `end`, both inclusive."""
        params: dict[str, Any] = {"state": list(states)} if states else {}
        if start:
            params[f"{self.date}_gte"] = start.isoformat()
        if end:
            params[f"{self.date}_lte"] = end.isoformat()
        return params


V1 = Routes("/api/v1", "/api/v1/health", "/api/v1/users", "/api/v1/roles", "execution_date", "-end_date")
V2 = Routes(
    "/api/v2", "/api/v2/monitor/health", "/auth/fab/v1/users", "/auth/fab/v1/roles", "logical_date", "-updated_at"
)
