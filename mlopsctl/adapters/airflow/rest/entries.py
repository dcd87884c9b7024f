"""Airflow's connections and variables, through its REST API, which takes secrets and never tells them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mlopsctl.adapters.airflow.rest import records
from mlopsctl.adapters.airflow.rest import routes as paths
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Connection, Variable

CONNECTIONS, VARIABLES = f"{paths.ROOT}/connections", f"{paths.ROOT}/variables"


class ConnectionCalls:
    """The part of AirflowApi that is about connections and variables."""

    http: AirflowHttp

    def connections(self) -> list[Connection]:
        """By name; secrets are `***`."""
        listed = self.http.pages(CONNECTIONS, "connections", {"order_by": "connection_id"})
        return [records.connection(raw) for raw in listed]

    def variables(self) -> list[Variable]:
        """By name; what Airflow takes for a secret is `***`."""
        return [records.variable(raw) for raw in self.http.pages(VARIABLES, "variables", {"order_by": "key"})]

    def put_connections(self, wanted: Mapping[str, Mapping[str, Any]]) -> None:
        """Make each, or change those of its fields that are given: all of them or none. Fields as in Airflow's files,
        `extra` as an object. An empty password takes none away: that is Airflow's way."""
        self._bulk(CONNECTIONS, "create", [{"connection_id": name, **_body(fields)} for name, fields in wanted.items()])

    def put_variables(self, wanted: Iterable[Variable]) -> None:
        """Make each, or replace its value and its description."""
        entities = [{"key": v.name, "value": v.value, "description": v.description or None} for v in wanted]
        self._bulk(VARIABLES, "create", entities)

    def delete_connections(self, names: Iterable[str]) -> None:
        self._bulk(CONNECTIONS, "delete", list(names))

    def delete_variables(self, names: Iterable[str]) -> None:
        self._bulk(VARIABLES, "delete", list(names))

    def _bulk(self, path: str, action: str, entities: list[Any]) -> None:
        """One request, one transaction. Not PATCH on a single one: that takes `***` in a value for "as it was"."""
        existence = "action_on_existence" if action == "create" else "action_on_non_existence"
        policy = "overwrite" if action == "create" else "skip"
        body = {"actions": [{"action": action, "entities": entities, existence: policy}]}
        answer = self.http.send("PATCH", path, body, timeout=120)
        if errors := answer[action]["errors"]:
            raise MlopsctlError(
                f"Airflow refused: {errors[0]['error']}.", hint=Hint.of("logs", "api-server"), code="refused"
            )


def _body(fields: Mapping[str, Any]) -> dict[str, Any]:
    """As the API takes it: an extra is text."""
    extra = {"extra": json.dumps(fields["extra"], ensure_ascii=False)} if "extra" in fields else {}
    return {**fields, **extra}
