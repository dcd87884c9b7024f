"""Connections: what Airflow would reject is reported, and no secret is exported unless asked for."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import SETUP_DESCRIPTION, Connection
from mlopsctl.core.states import StepState
from mlopsctl.operations.entries import connections, file_format
from mlopsctl.operations.entries.bulk_edit import ParsedFile, by_name
from mlopsctl.operations.entries.file_format import FileFormat

MASKED = Connection("db", "mysql", "h", 3306, "kim", "***", "s", {"timeout": 5, "token": "***"}, "ours")
KNOWN = by_name([MASKED, Connection("feature_store", "mysql", description=SETUP_DESCRIPTION)])


class FakePrograms:
    """Answers like airflow_scripts/read_uris.py, and records its input."""

    def __init__(self) -> None:
        self.requests: list[dict[str, str]] = []

    def run_script(self, name: str, words: dict[str, Any]) -> dict[str, Any]:
        assert name == "read_uris"
        self.requests.append(words["uris"])
        read = {"conn_type": "mysql", "host": "h", "login": None, "port": 3306, "extra": '{"a": "b"}'}
        good = {name: read for name, uri in words["uris"].items() if "bad" not in uri}
        return {"connections": good, "refused": {name: "ValueError" for name in words["uris"] if name not in good}}


def parse(entries: dict[Any, Any], programs: FakePrograms | None = None) -> tuple[dict[str, Any], dict[str, str]]:
    platform: Any = SimpleNamespace(airflow=programs or FakePrograms())
    parsed = connections.parse(partial(connections.read_uris, platform), entries)
    return parsed.valid, {name: error.message for name, error in parsed.errors.items()}


def test_the_plan_creates_a_connection_or_changes_the_given_fields() -> None:
    assert connections.plan_set("new", {"conn_type": "http"}, KNOWN).steps[0].what == "create"
    assert connections.plan_set("db", {"conn_type": "http", "host": "x"}, KNOWN).steps[0].what == "change type, host"
    assert connections.plan_set("db", {}, KNOWN).empty


@pytest.mark.parametrize(("name", "code"), [("new", "no-type"), ("feature_store", "ours")])
def test_a_connection_that_cannot_be_set(name: str, code: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        connections.plan_set(name, {"host": "x"}, KNOWN)
    assert caught.value.code == code


def test_setting_a_field_keeps_the_others() -> None:
    sent: list[Any] = []
    api: Any = SimpleNamespace(set_connections=sent.append)
    plan = connections.plan_set("db", {"host": "x"}, KNOWN)
    (step,) = connections.run_set(api, plan, {"host": "x"}, KNOWN)
    assert (step.state, step.detail) == (StepState.CHANGED, "changed host")
    assert sent == [{"db": {"conn_type": "mysql", "host": "x"}}], "the type, which Airflow requires, and no secret"
    (step,) = connections.run_set(api, connections.plan_set("db", {}, KNOWN), {}, KNOWN)
    assert (step.state, len(sent)) == (StepState.OK, 1)


@pytest.mark.parametrize(
    ("name", "fields", "why"),
    [
        ("a b", {}, "use letters"),
        ("", {}, "it is empty"),
        ("x" * 201, {}, "at most 200"),
        (7, {}, "it is not text"),
        ("a", {"conn_type": None}, "conn_type is missing"),
        ("a", {"conn_type": [5]}, "conn_type must be text"),
        ("a", {"password": "***"}, "a secret of it is masked"),
        ("a", {"extra": {"tls": [{"token": "***"}]}}, "a secret of it is masked"),
        ("a", {"port": "many"}, "port must be a number"),
        ("a", {"port": 70000}, "port must be a number"),
        ("a", {"port": True}, "port must be a number"),
        ("a", {"extra": "{"}, "extra must be a JSON object"),
        ("a", {"extra": [1]}, "extra must be a JSON object"),
        ("a", {"pasword": "x"}, "there is no field 'pasword'"),
    ],
)
def test_invalid_fields_are_reported(name: Any, fields: dict[str, Any], why: str) -> None:
    valid, errors = parse({name: {"conn_type": "mysql", **fields}, "good": {"conn_type": "http"}})
    assert valid == {"good": {"conn_type": "http"}}, "an invalid entry does not affect the others"
    assert why in errors[str(name)] and "hunter2" not in str(errors)


@pytest.mark.parametrize("value", [None, 5, ["mysql://"]])
def test_an_entry_must_be_an_object_or_a_uri(value: Any) -> None:
    assert "an object or a URI" in parse({"a": value})[1]["a"]


def test_all_forms_that_airflows_own_import_accepts() -> None:
    valid, errors = parse({
        "창고": {
            "conn_type": "mysql", "port": "3306", "extra": '{"a": 1}', "host": None, "description": SETUP_DESCRIPTION,
        },
        "b": {"conn_id": "b", "conn_type": "http", "extra_dejson": {"a": 1}},
    })  # fmt: skip
    assert valid == {
        "창고": {"conn_type": "mysql", "port": 3306, "extra": {"a": 1}}, "b": {"conn_type": "http", "extra": {"a": 1}},
    }  # fmt: skip
    assert errors == {}


def test_airflow_itself_parses_uris() -> None:
    programs = FakePrograms()
    assert parse({"a": {"conn_type": "http"}}, programs)[1] == {} and programs.requests == []
    valid, errors = parse({"a": "mysql://h:3306", "b": "bad://u:hunter2@"}, programs)
    assert valid == {"a": {"conn_type": "mysql", "host": "h", "port": 3306, "extra": {"a": "b"}}}
    assert "ValueError" in errors["b"] and "hunter2" not in str(errors)


def test_a_password_that_is_not_percent_encoded_is_rejected_and_not_repeated() -> None:
    errors = parse({"a": "mysql://u:hunt@er#2@h", "b": "mysql://u:hunt%40er2@h"})[1]
    assert set(errors) == {"a"} and "percent-encoded" in errors["a"] and "hunt" not in str(errors)


def test_text_fields_stay_what_was_written_in_yaml() -> None:
    text = "a: {conn_type: ftp, login: 0123, password: 1.10, port: 2100, extra: {passive: yes, at: '12:30'}}"
    fields = parse(file_format.parse(text, FileFormat.YAML, "f"))[0]["a"]
    assert fields == {
        "conn_type": "ftp", "login": "0123", "password": "1.10", "port": 2100,
        "extra": {"passive": True, "at": "12:30"},
    }  # fmt: skip
    text = "a: {conn_type: ftp, extra: {at: 12:30}}"
    assert "12:30 means 750" in parse(file_format.parse(text, FileFormat.YAML, "f"))[1]["a"]


def test_json_in_place_of_a_uri_is_read() -> None:
    programs = FakePrograms()
    valid, errors = parse({"a": '{"conn_type": "http", "extra": "{\\"a\\": 1}"}'}, programs)
    assert valid == {"a": {"conn_type": "http", "extra": {"a": 1}}} and errors == {} and programs.requests == []


def test_export_leaves_out_secrets_and_names_them() -> None:
    entries, left_out = connections.export([MASKED, Connection("web", "http", "http://u:pw@host")], secrets=False)
    assert entries == {
        "db": {
            "conn_type": "mysql", "description": "ours", "host": "h", "login": "kim", "schema": "s", "port": 3306,
            "extra": {"timeout": 5},
        },
        "web": {"conn_type": "http"},
    }  # fmt: skip
    assert left_out == ["db: password", "db: extra", "web: host"]


def test_export_with_secrets_can_be_imported() -> None:
    connection = Connection("db", "mysql", password="hunter2", extra={"token": "t"})
    entries, left_out = connections.export([connection], secrets=True)
    assert entries == {"db": {"conn_type": "mysql", "password": "hunter2", "extra": {"token": "t"}}} and left_out == []
    assert parse(entries) == (entries, {})


def test_the_address_of_a_connection_is_one_line() -> None:
    assert connections.address(connections.data(MASKED)) == "kim@h:3306/s"
    assert connections.address(connections.data(Connection("a", "http"))) == ""
    assert connections.data(MASKED)["password"] == "***"
    assert connections.data(Connection("a", "http"))["password"] is None


def test_an_extra_is_kept_if_the_file_lacks_its_secrets() -> None:
    file = {
        "db": {"conn_type": "mysql", "extra": {"timeout": 9}}, "new": {"conn_type": "http", "extra": {"a": 1}},
    }  # fmt: skip
    kept, notes = connections.keep_secret_extras(ParsedFile("connection", file, {}), KNOWN)
    assert kept.valid == {"db": {"conn_type": "mysql"}, "new": file["new"]}
    assert len(notes) == 1 and "db" in notes[0].text and "(token)" in notes[0].text
    complete = {"db": {"conn_type": "mysql", "extra": {"token": "t"}}}
    assert connections.keep_secret_extras(ParsedFile("connection", complete, {}), KNOWN)[0].valid == complete


NESTED = {"timeout": 5, "tls": {"ca": "x", "private_key": "***"}, "hosts": [{"token": "***"}], "proxy": {"host": "***"}}


@pytest.mark.parametrize(
    "extra", [NESTED, {"url": "http://kim:hunter2@h/x", "n": 1}, {"proxy": {"host": "***", "n": ""}}]
)
def test_importing_an_export_without_secrets_removes_no_secret(extra: dict[str, Any]) -> None:
    connection = Connection("db", "mysql", extra=extra)
    entries, _ = connections.export([connection], secrets=False)
    kept, notes = connections.keep_secret_extras(ParsedFile("connection", entries, {}), by_name([connection]))
    assert kept.valid == {"db": {"conn_type": "mysql"}} and len(notes) == 1


def test_missing_nested_secrets_are_named() -> None:
    known = by_name([Connection("db", "mysql", extra=NESTED)])
    file = {"db": {"conn_type": "mysql", "extra": NESTED | {"tls": {"ca": "y"}, "proxy": {}}}}
    (note,) = connections.keep_secret_extras(ParsedFile("connection", file, {}), known)[1]
    assert "(private_key, proxy.host)" in note.text
