"""Connections and variables. The API takes secrets, and never shows them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mlopsctl.adapters.airflow.rest.http import BULK_TIMEOUT, AirflowHttp
from mlopsctl.adapters.airflow.rest.v2 import records, routes
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Connection, Variable


class EntryCalls:
    http: AirflowHttp

    def connections(self) -> list[Connection]:
        listed = self.http.pages(routes.CONNECTIONS, "connections", {"order_by": "connection_id"})
        return [records.connection(raw) for raw in listed]

    def variables(self) -> list[Variable]:
        return [records.variable(raw) for raw in self.http.pages(routes.VARIABLES, "variables", {"order_by": "key"})]

    def set_connections(self, connections: Mapping[str, Mapping[str, Any]]) -> None:
        entities = [{"connection_id": name, **_body(fields)} for name, fields in connections.items()]
        self._upsert(routes.CONNECTIONS, entities)

    def set_variables(self, variables: Iterable[Variable]) -> None:
        entities = [{"key": v.name, "value": v.value, "description": v.description or None} for v in variables]
        self._upsert(routes.VARIABLES, entities)

    def delete_connections(self, names: Iterable[str]) -> None:
        self._bulk_entries(routes.CONNECTIONS, "delete", list(names), action_on_non_existence="skip")

    def delete_variables(self, names: Iterable[str]) -> None:
        self._bulk_entries(routes.VARIABLES, "delete", list(names), action_on_non_existence="skip")

    def _upsert(self, path: str, entities: list[Any]) -> None:
        """Not PATCH on a single entry, which takes `***` in a value for "unchanged"."""
        self._bulk_entries(path, "create", entities, action_on_existence="overwrite")

    def _bulk_entries(self, path: str, action: str, entities: list[Any], **policy: str) -> None:
        """One request, one transaction."""
        body = {"actions": [{"action": action, "entities": entities, **policy}]}
        answer = self.http.send("PATCH", path, body, timeout=BULK_TIMEOUT)
        if errors := answer[action]["errors"]:
            message = f"Airflow rejected the request: {errors[0]['error']}."
            raise MlopsctlError(message, hint=Hint.of("logs", "api-server"), code="refused")


def _body(fields: Mapping[str, Any]) -> dict[str, Any]:
    """`extra` is text in the API."""
    extra = {"extra": json.dumps(fields["extra"], ensure_ascii=False)} if "extra" in fields else {}
    return {**fields, **extra}
