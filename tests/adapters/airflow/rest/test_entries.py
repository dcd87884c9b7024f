"""What is asked of Airflow for connections and variables. That Airflow agrees is for tests/live to show."""

from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import Connection, Variable
from tests.adapters.airflow.rest.test_client import Airflow, api

CONNECTIONS, VARIABLES = "/api/v2/connections", "/api/v2/variables"
RAW = {
    "connection_id": "db", "conn_type": "mysql", "host": "h", "port": 3306, "login": None, "password": "***",
    "schema": None, "extra": '{"token": "***"}', "description": None,
}  # fmt: skip


def test_connections_and_variables_are_nouns_without_none(tmp_path: Path) -> None:
    airflow = Airflow({
        f"GET {CONNECTIONS}": (200, {"connections": [RAW, RAW | {"extra": None}], "total_entries": 2}),
        f"GET {VARIABLES}": (200, {"variables": [
            {"key": "a", "value": None, "description": None}, {"key": "b", "value": "1", "description": "d"},
        ], "total_entries": 2}),
    })  # fmt: skip
    found = api(tmp_path, airflow).connections()
    assert found == [
        Connection("db", "mysql", "h", 3306, password="***", extra={"token": "***"}),
        Connection("db", "mysql", "h", 3306, password="***"),
    ]
    assert airflow.requests[-1].url.params["order_by"] == "connection_id"
    assert api(tmp_path, airflow).variables() == [Variable("a", ""), Variable("b", "1", "d")]


def test_all_are_written_in_one_request_and_only_the_fields_that_are_given(tmp_path: Path) -> None:
    airflow = Airflow({f"PATCH {path}": (200, {"create": {"errors": []}}) for path in (CONNECTIONS, VARIABLES)})
    airflow_api = api(tmp_path, airflow)
    airflow_api.put_connections({"창고": {"conn_type": "http", "extra": {"a": "값"}}, "b": {"conn_type": "ssh"}})
    assert airflow.body == {"actions": [{
        "action": "create", "action_on_existence": "overwrite",
        "entities": [
            {"connection_id": "창고", "conn_type": "http", "extra": '{"a": "값"}'},
            {"connection_id": "b", "conn_type": "ssh"},
        ],
    }]}  # fmt: skip
    airflow_api.put_variables([Variable("a", "***"), Variable("b", "1", "d")])
    assert airflow.body["actions"][0]["entities"] == [
        {"key": "a", "value": "***", "description": None}, {"key": "b", "value": "1", "description": "d"},
    ]  # fmt: skip


def test_what_is_gone_is_gone(tmp_path: Path) -> None:
    airflow = Airflow({f"PATCH {path}": (200, {"delete": {"errors": []}}) for path in (CONNECTIONS, VARIABLES)})
    for call in (api(tmp_path, airflow).delete_connections, api(tmp_path, airflow).delete_variables):
        call(["a", "b"])
        assert airflow.body == {
            "actions": [{"action": "delete", "action_on_non_existence": "skip", "entities": ["a", "b"]}]
        }


def test_an_error_inside_of_an_answer_is_no_success(tmp_path: Path) -> None:
    errors = [{"error": "The connections already exist", "status_code": 409}]
    airflow = Airflow({f"PATCH {CONNECTIONS}": (200, {"create": {"errors": errors}})})
    with pytest.raises(MlopsctlError, match="Airflow refused: The connections already exist") as caught:
        api(tmp_path, airflow).put_connections({"a": {"conn_type": "http"}})
    assert caught.value.hint.text() == "mlopsctl logs api-server"
