"""Run by the managed Airflow's Python: connections or variables with their secrets, which the REST API never tells.

Reads JSON from stdin: {"what": "connections" or "variables"}. Prints JSON: {"entries": [{field: value}]}, the fields
named as the REST API names them.
"""

import json
import sys
from typing import Any

from airflow.models import Connection, Variable
from airflow.utils.session import create_session
from sqlalchemy import select


def connection(c: Any) -> dict[str, Any]:
    names = ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")
    return {"connection_id": c.conn_id, **{name: getattr(c, name) for name in names}}


def variable(v: Any) -> dict[str, Any]:
    if (value := v.get_val()) is None:  # Airflow tells only its log that the key does not fit
        raise SystemExit(f"the Fernet key does not open the variable {v.key}")
    return {"key": v.key, "value": value, "description": v.description}


def main() -> None:
    what = json.load(sys.stdin)["what"]
    model, order, tell = (
        (Connection, Connection.conn_id, connection) if what == "connections" else (Variable, Variable.key, variable)
    )
    with create_session() as session:
        entries = [tell(entry) for entry in session.scalars(select(model).order_by(order))]
    sys.stdout.write("\n" + json.dumps({"entries": entries}) + "\n")


main()
