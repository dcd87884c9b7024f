"""Files of connections and variables are read as what they are: exports, Astro's settings, answers of the REST API."""

from typing import Any

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.entries import file_format, layouts
from mlopsctl.operations.entries.file_format import FileFormat

ASTRO = """
airflow:
  connections:
    - conn_id: lake
      conn_type: postgres
      conn_host: lake.example.com
      conn_login: 0123
      conn_password: not-a-real-one
      conn_port: 5432
      conn_extra: '{"sslmode": "require"}'
    - conn_id: web
      conn_uri: http://h
    - conn_id:
      conn_type:
      conn_extra:
  pools:
    - pool_name: heavy
      pool_slot: 4
      pool_description: big jobs
    - pool_name:
      pool_slot:
  variables:
    - variable_name: batch
      variable_value: 0123
    - variable_name:
      variable_value:
"""


def parse(text: str) -> dict[Any, Any]:
    return file_format.parse(text, FileFormat.YAML, "f")


def read(content: dict[Any, Any] | str, noun: str = "connection") -> layouts.FileContent:
    return layouts.read(parse(content) if isinstance(content, str) else content, noun, "f")


def test_connections_of_an_astro_project() -> None:
    content = read(ASTRO)
    assert set(content.entries) == {"lake", "web"} and content.entries["web"] == "http://h"
    lake = content.entries["lake"]
    assert (lake["password"], lake["port"], str(lake["login"])) == ("not-a-real-one", 5432, "0123")
    commands = [note.hint.command for note in content.notes]
    assert commands == [("variable", "import", "f"), ("airflow", "--", "pools", "set", "heavy", "4", "big jobs")]


def test_variables_of_an_astro_project() -> None:
    content = read(ASTRO, "variable")
    assert list(content.entries) == ["batch"] and str(content.entries["batch"]["value"]) == "0123"
    assert ("connection", "import", "f") in [note.hint.command for note in content.notes]


def test_an_empty_section_holds_nothing() -> None:
    assert read("airflow: {connections: , variables: []}") == layouts.FileContent({})


def test_answers_of_the_rest_api() -> None:
    lake = {"connection_id": "lake", "conn_type": "postgres", "login": "reader", "port": 5432, "host": None, "x": 1}
    content = read({"connections": [lake], "total_entries": 1})
    assert content == layouts.FileContent({"lake": {"conn_type": "postgres", "login": "reader", "port": 5432}})
    batch = {"key": "batch", "value": "3", "description": None, "is_encrypted": True}
    content = read({"variables": [batch], "total_entries": 7}, "variable")
    assert content.entries == {"batch": {"value": "3", "description": None}}
    assert "1 of 7 variables" in content.notes[0].text


@pytest.mark.parametrize(
    ("content", "noun", "command"),
    [
        ({"variables": [], "total_entries": 0}, "connection", "variable"),
        ({"connections": [], "total_entries": 0}, "variable", "connection"),
        ({"lake": {"conn_type": "postgres"}, "web": {"conn_type": "http"}}, "variable", "connection"),
    ],
)
def test_a_file_of_the_other_noun_is_rejected(content: dict[str, Any], noun: str, command: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        read(content, noun)
    assert caught.value.hint.command == (command, "import", "f")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("airflow: {connections: [{conn_type: http}]}", "unreadable"),
        ("airflow: {connections: [{conn_id: a, conn_type: x}, {conn_id: a, conn_type: y}]}", "duplicate"),
    ],
)
def test_entries_need_unique_names(text: str, code: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        read(text)
    assert caught.value.code == code


@pytest.mark.parametrize("content", [{"airflow": "3"}, {"airflow": {"home": "/x"}}, {"connections": 5}, {}])
def test_other_content_is_entries_by_name(content: dict[str, Any]) -> None:
    assert read(content, "variable").entries == content
