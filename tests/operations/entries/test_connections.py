"""Connections: what Airflow would not take is refused here, and no secret gets into a file."""

from types import SimpleNamespace
from typing import Any

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import Connection
from mlopsctl.operations.entries import connections
from mlopsctl.operations.entries.bulk_edit import OURS, Found, by_name

MASKED = Connection("db", "mysql", "h", 3306, "kim", "***", "s", {"timeout": 5, "token": "***"}, "ours")
KNOWN = by_name([MASKED, Connection("feature_store", "mysql", description=OURS)])


class Managed:
    """Answers as airflow_scripts/read_uris.py does, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []

    def run_script(self, name: str, words: dict[str, Any]) -> dict[str, Any]:
        assert name == "read_uris"
        self.asked.append(words["uris"])
        read = {"conn_type": "mysql", "host": "h", "login": None, "port": 3306, "extra": '{"a": "b"}'}
        good = {name: read for name, uri in words["uris"].items() if "bad" not in uri}
        return {"connections": good, "refused": {name: "ValueError" for name in words["uris"] if name not in good}}


def found(entries: dict[Any, Any], managed: Managed | None = None) -> tuple[dict[str, Any], dict[str, str]]:
    platform: Any = SimpleNamespace(airflow=managed or Managed())
    answer = connections.found(platform, entries)
    return answer.ready, {name: error.message for name, error in answer.wrong.items()}


def test_a_new_connection_needs_its_type_and_an_old_one_what_is_to_change() -> None:
    assert connections.plan_set("new", {"conn_type": "http"}, KNOWN).steps[0].what == "make"
    assert connections.plan_set("db", {"conn_type": "http", "host": "x"}, KNOWN).steps[0].what == "change type, host"
    assert connections.plan_set("db", {}, KNOWN).empty
    with pytest.raises(MlopsctlError, match="a new one needs its type"):
        connections.plan_set("new", {"host": "x"}, KNOWN)
    with pytest.raises(MlopsctlError, match="written by mlopsctl setup"):
        connections.plan_set("feature_store", {"host": "x"}, KNOWN)


def test_an_old_one_keeps_what_is_not_given() -> None:
    sent: list[Any] = []
    api: Any = SimpleNamespace(set_connections=sent.append)
    plan = connections.plan_set("db", {"host": "x"}, KNOWN)
    (step,) = connections.set_(api, plan, {"host": "x"}, KNOWN)
    assert (step.state, step.detail) == ("changed", "changed host")
    assert sent == [{"db": {"conn_type": "mysql", "host": "x"}}], "its type, which Airflow wants always, and no secret"
    (step,) = connections.set_(api, connections.plan_set("db", {}, KNOWN), {}, KNOWN)
    assert (step.state, len(sent)) == ("ok", 1)


@pytest.mark.parametrize(
    ("name", "fields", "why"),
    [
        ("a b", {}, "a name is letters"),
        ("", {}, "a name is letters"),
        ("x" * 201, {}, "200 at most"),
        (7, {}, "a name is letters"),
        ("a", {"conn_type": None}, "it has no conn_type"),
        ("a", {"conn_type": 5}, "conn_type must be text"),
        ("a", {"port": "many"}, "port must be a number"),
        ("a", {"port": 70000}, "port must be a number"),
        ("a", {"port": True}, "port must be a number"),
        ("a", {"extra": "{"}, "extra must be a JSON object"),
        ("a", {"extra": [1]}, "extra must be a JSON object"),
        ("a", {"pasword": "x"}, "there is no field 'pasword'"),
    ],
)
def test_what_airflow_would_not_take_is_named(name: Any, fields: dict[str, Any], why: str) -> None:
    ready, wrong = found({name: {"conn_type": "mysql", **fields}, "good": {"conn_type": "http"}})
    assert ready == {"good": {"conn_type": "http"}}, "one that is wrong stops no other"
    assert why in wrong[str(name)] and "hunter2" not in str(wrong)


@pytest.mark.parametrize("value", [None, 5, ["mysql://"]])
def test_an_entry_is_an_object_or_a_uri(value: Any) -> None:
    assert "it must be an object, or a URI" in found({"a": value})[1]["a"]


def test_all_forms_that_airflows_own_import_takes() -> None:
    ready, wrong = found({
        "창고": {"conn_type": "mysql", "port": "3306", "extra": '{"a": 1}', "host": None, "description": OURS},
        "b": {"conn_id": "b", "conn_type": "http", "extra_dejson": {"a": 1}},
    })  # fmt: skip
    assert ready == {
        "창고": {"conn_type": "mysql", "port": 3306, "extra": {"a": 1}}, "b": {"conn_type": "http", "extra": {"a": 1}},
    }  # fmt: skip
    assert wrong == {}


def test_uris_are_read_by_airflow_itself_and_only_where_there_are_some() -> None:
    managed = Managed()
    assert found({"a": {"conn_type": "http"}}, managed)[1] == {} and managed.asked == []
    ready, wrong = found({"a": "mysql://h:3306", "b": "bad://u:hunter2@"}, managed)
    assert ready == {"a": {"conn_type": "mysql", "host": "h", "port": 3306, "extra": {"a": "b"}}}
    assert "does not read its URI (ValueError)" in wrong["b"] and "hunter2" not in str(wrong)


def test_no_secret_gets_into_a_file_and_what_is_left_out_is_told() -> None:
    entries, out = connections.export([MASKED, Connection("web", "http", "http://u:pw@host")], secrets=False)
    assert entries == {
        "db": {
            "conn_type": "mysql", "description": "ours", "host": "h", "login": "kim", "schema": "s", "port": 3306,
            "extra": {"timeout": 5},
        },
        "web": {"conn_type": "http"},
    }  # fmt: skip
    assert out == ["db: password", "db: extra", "web: host"]


def test_with_secrets_all_of_it_does() -> None:
    whole = Connection("db", "mysql", password="hunter2", extra={"token": "t"})
    entries, out = connections.export([whole], secrets=True)
    assert entries == {"db": {"conn_type": "mysql", "password": "hunter2", "extra": {"token": "t"}}} and out == []
    assert found(entries) == (entries, {}), "and the import takes it"


def test_the_address_of_a_connection_is_one_line() -> None:
    assert connections.address(connections.data(MASKED)) == "kim@h:3306/s"
    assert connections.address(connections.data(Connection("a", "http"))) == ""
    assert connections.data(MASKED)["password"] == "***"
    assert connections.data(Connection("a", "http"))["password"] is None


def test_an_extra_stays_where_the_file_lacks_what_is_secret_in_it() -> None:
    file = {
        "db": {"conn_type": "mysql", "extra": {"timeout": 9}}, "new": {"conn_type": "http", "extra": {"a": 1}},
    }  # fmt: skip
    kept, notes = connections.guard(Found("connection", file, {}), KNOWN)
    assert kept.ready == {"db": {"conn_type": "mysql"}, "new": file["new"]}
    assert notes == ("the extra of db stays: the file lacks what is secret in it (token)",)
    whole = {"db": {"conn_type": "mysql", "extra": {"token": "t"}}}
    assert connections.guard(Found("connection", whole, {}), KNOWN)[0].ready == whole


NESTED = {"timeout": 5, "tls": {"ca": "x", "private_key": "***"}, "hosts": [{"token": "***"}], "proxy": {"host": "***"}}


@pytest.mark.parametrize(
    "extra", [NESTED, {"url": "http://kim:hunter2@h/x", "n": 1}, {"proxy": {"host": "***", "n": ""}}]
)
def test_what_was_exported_without_its_secrets_takes_none_away(extra: dict[str, Any]) -> None:
    held = Connection("db", "mysql", extra=extra)
    entries, _ = connections.export([held], secrets=False)
    kept, notes = connections.guard(Found("connection", entries, {}), by_name([held]))
    assert kept.ready == {"db": {"conn_type": "mysql"}} and len(notes) == 1


def test_of_nested_secrets_those_are_named_that_the_file_lacks() -> None:
    held = by_name([Connection("db", "mysql", extra=NESTED)])
    file = {"db": {"conn_type": "mysql", "extra": NESTED | {"tls": {"ca": "y"}, "proxy": {}}}}
    assert connections.guard(Found("connection", file, {}), held)[1] == (
        "the extra of db stays: the file lacks what is secret in it (private_key, proxy.host)",
    )
