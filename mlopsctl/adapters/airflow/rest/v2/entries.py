"""Connections and variables. The API takes secrets, and never shows them."""

from collections.abc import Iterable, Mapping
from typing import Any

from mlopsctl.adapters.airflow.rest.common.entries import CommonEntryCalls, connection_body, variable_body
from mlopsctl.adapters.airflow.rest.http import BULK_TIMEOUT
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Variable


class EntryCalls(CommonEntryCalls):
    def set_connections(self, connections: Mapping[str, Mapping[str, Any]]) -> None:
        entities = [{"connection_id": name, **connection_body(fields)} for name, fields in connections.items()]
        self._upsert(self.routes.connections, entities)

    def set_variables(self, variables: Iterable[Variable]) -> None:
        entities = [variable_body(v) for v in variables]
        self._upsert(self.routes.variables, entities)

    def delete_connections(self, names: Iterable[str]) -> None:
        self._bulk_entries(self.routes.connections, "delete", list(names), action_on_non_existence="skip")

    def delete_variables(self, names: Iterable[str]) -> None:
        self._bulk_entries(self.routes.variables, "delete", list(names), action_on_non_existence="skip")

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
