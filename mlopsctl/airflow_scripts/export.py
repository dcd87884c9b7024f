"""Run by the managed Airflow's Python: export connections or variables with their secrets, which the REST API hides.

Reads JSON from stdin: {"what": "connections" or "variables"}. Prints JSON: {"entries": [{field: value}]}, with the
field names of the REST API.
"""

import json
import sys
from typing import Any

from airflow.models import Connection, Variable
from airflow.utils.session import create_session
from sqlalchemy import select

FIELDS = ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")


def connection_fields(c: Any) -> dict[str, Any]:
    return {"connection_id": c.conn_id, **{name: getattr(c, name) for name in FIELDS}}


def variable_fields(v: Any) -> dict[str, Any]:
    if (value := v.get_val()) is None:  # Airflow only logs that the key is wrong
        raise SystemExit(f"the Fernet key cannot decrypt the variable {v.key}")
    return {"key": v.key, "value": value, "description": v.description}


def main() -> None:
    what = json.load(sys.stdin)["what"]
    with create_session() as session:
        if what == "connections":
            entries = [connection_fields(c) for c in session.scalars(select(Connection).order_by(Connection.conn_id))]
        else:
            entries = [variable_fields(v) for v in session.scalars(select(Variable).order_by(Variable.key))]
    sys.stdout.write("\n" + json.dumps({"entries": entries}) + "\n")


main()
