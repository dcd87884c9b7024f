"""Connections and variables on the real Airflow: its own import reads our files, secrets are exported on request."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live

PASSWORD, TOKEN, KEY = "p@ss/w:rd %s 한글", "t0ken-for-tests", "k3y-for-tests"
NAMES = ("창고_live", "live_uri")
VARIABLES = {"live_api_key": KEY, "live_number": "1.10", "live_settings": '{"a": [1, null]}', "live 한글": "값"}


@pytest.fixture
def clean(platform: LivePlatform) -> Iterator[None]:
    """Delete what the tests have created."""
    yield
    for noun in ("connection", "variable"):
        names = [entry["name"] for entry in platform.json(noun, "list")["data"][f"{noun}s"]]
        if ours := [name for name in names if name in (*NAMES, *VARIABLES)]:
            platform.json(noun, "delete", *ours, "--yes")


def exported(platform: LivePlatform, noun: str, *words: str) -> dict[str, Any]:
    """The entries of these tests."""
    entries = platform.json(noun, "export", *words)["data"][f"{noun}s"]
    return {name: entry for name, entry in entries.items() if name in (*NAMES, *VARIABLES)}


def test_airflows_own_import_reads_exported_connections(platform: LivePlatform, clean: None, tmp_path: Path) -> None:
    extra = tmp_path / "extra.json"
    extra.write_text(json.dumps({"token": TOKEN, "timeout": 5}))
    words = ("--type", "mysql", "--host", "h", "--port", "3306", "--login", "kim", "--schema", "대출")
    made = platform.mlopsctl(
        "connection", "set", NAMES[0], *words, "--extra", f"@{extra}", "--password-file", "-", input=f"{PASSWORD}\n"
    )
    assert made.code == 0 and PASSWORD not in made.out + made.err
    assert platform.mlopsctl("connection", "set", NAMES[0], "--host", "other").code == 0
    uris = {NAMES[1]: "postgresql://kim:p%40ss@h:5432/db?sslmode=require"}
    assert platform.mlopsctl("connection", "import", "-", input=json.dumps(uris)).code == 0

    public = exported(platform, "connection")
    fields = {"conn_type": "mysql", "host": "other", "login": "kim", "port": 3306, "schema": "대출"}
    assert public[NAMES[0]] == {**fields, "extra": {"timeout": 5}}
    listed = platform.mlopsctl("-v", "connection", "list")
    assert NAMES[0] in listed.out and "kim@other:3306/대출" in listed.out
    assert not any(secret in listed.out + json.dumps(public) for secret in (PASSWORD, TOKEN, "p@ss"))

    file = tmp_path / "all.yaml"
    assert platform.mlopsctl("connection", "export", "--with-secrets", str(file)).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert platform.mlopsctl("connection", "delete", *NAMES, "--yes").code == 0
    assert exported(platform, "connection") == {}
    assert platform.mlopsctl("airflow", "--", "connections", "import", str(file)).code == 0
    check_import_without_secrets_keeps_them(platform, public[NAMES[0]])
    complete = exported(platform, "connection", "--with-secrets")
    assert complete[NAMES[0]] == {
        **fields,
        "host": "third",
        "password": PASSWORD,
        "extra": {"token": TOKEN, "timeout": 5},
    }
    assert complete[NAMES[1]] == {
        "conn_type": "postgres", "host": "h", "login": "kim", "password": "p@ss", "port": 5432, "schema": "db",
        "extra": {"sslmode": "require"},
    }  # fmt: skip


def check_import_without_secrets_keeps_them(platform: LivePlatform, public: dict[str, Any]) -> None:
    """Invalid entries do not affect the others."""
    file = {NAMES[0]: {**public, "host": "third"}, "bad name": public, "live_wrong": {**public, "port": "x"}}
    kept = platform.mlopsctl("connection", "import", "-", input=json.dumps({NAMES[0]: public}))
    assert kept.code == 0 and f"already exists: {NAMES[0]}; --overwrite replaces" in kept.err
    replaced = platform.mlopsctl("connection", "import", "-", "--overwrite", input=json.dumps(file))
    assert replaced.code == 1 and replaced.err.count("error: ") == 2
    assert "the file lacks its secrets (token)" in replaced.err


def test_airflows_own_import_reads_exported_variables(platform: LivePlatform, clean: None, tmp_path: Path) -> None:
    for name, value in VARIABLES.items():
        assert platform.mlopsctl("variable", "set", name, "--value-file", "-", input=value).code == 0
    listed = {v["name"]: v["value"] for v in platform.json("variable", "list")["data"]["variables"]}
    assert listed == {**listed, **VARIABLES, "live_api_key": "***", "live_number": "1.1"}, "as Airflow's API shows it"
    public = exported(platform, "variable")
    assert set(public) == set(VARIABLES) - {"live_api_key"} and public["live_number"] == "1.10"

    file = tmp_path / "all.json"
    assert platform.mlopsctl("variable", "export", "--with-secrets", str(file)).code == 0
    assert platform.mlopsctl("variable", "delete", *VARIABLES, "--yes").code == 0
    assert platform.mlopsctl("airflow", "--", "variables", "import", str(file)).code == 0
    back = exported(platform, "variable", "--with-secrets")
    assert back == {"live_api_key": KEY, "live_number": "1.10", "live_settings": {"a": [1, None]}, "live 한글": "값"}


def test_connections_of_setup_cannot_be_changed(platform: LivePlatform) -> None:
    for words in (("set", "feature_store", "--host", "elsewhere"), ("delete", "feature_store", "--yes")):
        refused = platform.mlopsctl("connection", *words, "--json")
        assert (refused.code, refused.json["errors"][0]["code"]) == (1, "ours")
    ours = platform.json("connection", "list")["data"]["connections"]
    assert {"airflow_api", "feature_store"} <= {c["name"] for c in ours}
    assert set(ours[0]) == {
        "name", "type", "host", "port", "login", "password", "schema", "extra", "description",
    }  # fmt: skip
