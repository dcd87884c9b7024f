"""Connections and variables. Airflow 2 changes them one at a time."""

from collections.abc import Iterable, Mapping
from typing import Any

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.adapters.airflow.rest.common.entries import CommonEntryCalls, connection_body, variable_body
from mlopsctl.adapters.airflow.rest.common.records import connection
from mlopsctl.core.model import Connection, Variable

AT_ONCE = 4  # requests side by side


class EntryCalls(CommonEntryCalls):
    def connections(self) -> list[Connection]:
        """Their list has no `extra`. No answer has the password."""
        from concurrent.futures import ThreadPoolExecutor

        paths = [self.routes.connection(found.name) for found in super().connections()]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return [connection(raw) for raw in pool.map(self.http.get, paths)]

    def set_connections(self, connections: Mapping[str, Mapping[str, Any]]) -> None:
        """One after the other: the first that Airflow rejects ends it."""
        for name, fields in connections.items():
            body = {"connection_id": name, **connection_body(fields)}
            if self._exists(self.routes.connection(name)):
                self.http.send("PATCH", self.routes.connection(name), body)
            else:
                self.http.send("POST", self.routes.connections, body)

    def set_variables(self, variables: Iterable[Variable]) -> None:
        """As set_connections()."""
        for variable in variables:
            body = variable_body(variable) | {"description": variable.description}  # null is rejected
            self.http.send("POST", self.routes.variables, body)  # overwrites an existing one

    def delete_connections(self, names: Iterable[str]) -> None:
        for name in names:
            self._delete(self.routes.connection(name))

    def delete_variables(self, names: Iterable[str]) -> None:
        for name in names:
            self._delete(self.routes.variable(name))

    def _exists(self, path: str) -> bool:
        try:
            self.http.get(path)
        except RequestRejected as e:
            if e.status != 404:
                raise
            return False
        return True

    def _delete(self, path: str) -> None:
        try:
            self.http.send("DELETE", path)
        except RequestRejected as e:
            if e.status != 404:
                raise
