"""Run by the managed Airflow's Python: connections that are written as URIs, as Airflow reads them.

Reads JSON from stdin: {"uris": {id: uri}}. Prints JSON: {"connections": {id: {field: value}}, "refused": {id: reason}}.
"""

import json
import sys
from typing import Any

from airflow.models import Connection

FIELDS = ("conn_type", "host", "login", "password", "schema", "port", "extra")


def read(conn_id: str, uri: str) -> dict[str, Any]:
    connection = Connection(conn_id=conn_id, uri=uri)
    return {name: getattr(connection, name) for name in FIELDS}


def main() -> None:
    connections, refused = {}, {}
    for conn_id, uri in json.load(sys.stdin)["uris"].items():
        try:
            connections[conn_id] = read(conn_id, uri)
        except Exception as e:  # noqa: BLE001  # whatever it is, it is this entry's, and goes to who asked
            refused[conn_id] = type(e).__name__  # its words may hold a part of the password
    sys.stdout.write("\n" + json.dumps({"connections": connections, "refused": refused}) + "\n")


main()
