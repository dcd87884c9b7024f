"""Connections and variables: what both versions of the API have."""

import json
from collections.abc import Mapping
from typing import Any

from mlopsctl.adapters.airflow.rest.common import records
from mlopsctl.adapters.airflow.rest.common.routes import Routes
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.core.model import Connection, Variable


class CommonEntryCalls:
    http: AirflowHttp
    routes: Routes

    def connections(self) -> list[Connection]:
        listed = self.http.pages(self.routes.connections, "connections", {"order_by": "connection_id"})
        return [records.connection(raw) for raw in listed]

    def variables(self) -> list[Variable]:
        return [
            records.variable(raw) for raw in self.http.pages(self.routes.variables, "variables", {"order_by": "key"})
        ]


def connection_body(fields: Mapping[str, Any]) -> dict[str, Any]:
    """`extra` is text in the API."""
    extra = {"extra": json.dumps(fields["extra"], ensure_ascii=False)} if "extra" in fields else {}
    return {**fields, **extra}


def variable_body(variable: Variable) -> dict[str, Any]:
    return {"key": variable.name, "value": variable.value, "description": variable.description or None}
