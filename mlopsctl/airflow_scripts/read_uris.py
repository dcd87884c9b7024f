"""Run by the managed Airflow's Python: parse connection URIs as Airflow does.

Reads JSON from stdin: {"uris": {id: uri}}. Prints JSON: {"connections": {id: {field: value}}, "refused": {id: reason}}.
"""

import json
import sys
from typing import Any

from airflow.models import Connection

FIELDS = ("conn_type", "host", "login", "password", "schema", "port", "extra")


def parse(conn_id: str, uri: str) -> dict[str, Any]:
    connection = Connection(conn_id=conn_id, uri=uri)
    return {name: getattr(connection, name) for name in FIELDS}


def main() -> None:
    connections, refused = {}, {}
    for conn_id, uri in json.load(sys.stdin)["uris"].items():
        try:
            connections[conn_id] = parse(conn_id, uri)
        except Exception as e:  # noqa: BLE001  # any error concerns this entry only, and is reported
            refused[conn_id] = type(e).__name__  # its message may contain a part of the password
    sys.stdout.write("\n" + json.dumps({"connections": connections, "refused": refused}) + "\n")


main()
