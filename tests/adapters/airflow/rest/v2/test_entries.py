"""Connections and variables through the API. tests/live shows that Airflow behaves like this."""

from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import Connection, Variable
from tests.fake_api import FakeServer, api_v2

CONNECTIONS, VARIABLES = "/api/v2/connections", "/api/v2/variables"
RAW = {
    "connection_id": "db", "conn_type": "mysql", "host": "h", "port": 3306, "login": None, "password": "***",
    "schema": None, "extra": '{"token": "***"}', "description": None,
}  # fmt: skip


def test_null_fields_become_empty(tmp_path: Path) -> None:
    server = FakeServer({
        f"GET {CONNECTIONS}": (200, {"connections": [RAW, RAW | {"extra": None}], "total_entries": 2}),
        f"GET {VARIABLES}": (200, {"variables": [
            {"key": "a", "value": None, "description": None}, {"key": "b", "value": "1", "description": "d"},
        ], "total_entries": 2}),
    })  # fmt: skip
    found = api_v2(tmp_path, server).connections()
    assert found == [
        Connection("db", "mysql", "h", 3306, password="***", extra={"token": "***"}),
        Connection("db", "mysql", "h", 3306, password="***"),
    ]
    assert server.requests[-1].url.params["order_by"] == "connection_id"
    assert api_v2(tmp_path, server).variables() == [Variable("a", ""), Variable("b", "1", "d")]


def test_set_is_one_request_with_the_given_fields_only(tmp_path: Path) -> None:
    server = FakeServer({f"PATCH {path}": (200, {"create": {"errors": []}}) for path in (CONNECTIONS, VARIABLES)})
    api = api_v2(tmp_path, server)
    api.set_connections({"창고": {"conn_type": "http", "extra": {"a": "값"}}, "b": {"conn_type": "ssh"}})
    assert server.body == {"actions": [{
        "action": "create", "action_on_existence": "overwrite",
        "entities": [
            {"connection_id": "창고", "conn_type": "http", "extra": '{"a": "값"}'},
            {"connection_id": "b", "conn_type": "ssh"},
        ],
    }]}  # fmt: skip
    api.set_variables([Variable("a", "***"), Variable("b", "1", "d")])
    assert server.body["actions"][0]["entities"] == [
        {"key": "a", "value": "***", "description": None}, {"key": "b", "value": "1", "description": "d"},
    ]  # fmt: skip


def test_delete_ignores_missing_entries(tmp_path: Path) -> None:
    server = FakeServer({f"PATCH {path}": (200, {"delete": {"errors": []}}) for path in (CONNECTIONS, VARIABLES)})
    for call in (api_v2(tmp_path, server).delete_connections, api_v2(tmp_path, server).delete_variables):
        call(["a", "b"])
        assert server.body == {
            "actions": [{"action": "delete", "action_on_non_existence": "skip", "entities": ["a", "b"]}]
        }


def test_error_in_a_bulk_answer_is_raised(tmp_path: Path) -> None:
    errors = [{"error": "The connections already exist", "status_code": 409}]
    server = FakeServer({f"PATCH {CONNECTIONS}": (200, {"create": {"errors": errors}})})
    with pytest.raises(MlopsctlError, match="Airflow rejected the request: The connections already exist") as caught:
        api_v2(tmp_path, server).set_connections({"a": {"conn_type": "http"}})
    assert caught.value.hint.text() == "mlopsctl logs api-server"
