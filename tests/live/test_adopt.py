"""Adopting an Airflow 2.7: secrets are decrypted, users log in with their passwords, and its files do not change."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.adapters.files import sha256
from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live

RECORDED = Path(__file__).parent / "data" / "airflow-2.7.2.sql"
# What the recording was encrypted with; `live_lost` with another key, so that nothing decrypts it.
FERNET_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
NEWER_KEY = "bm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm4="
DAG = "from airflow.models import DAG\n\nwith DAG('live_adopted', schedule=None):\n    pass\n"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """An AIRFLOW_HOME of Airflow 2.7.2 with an SQLite database."""
    home = tmp_path / "airflow"
    (home / "dags").mkdir(parents=True)
    (home / "dags" / "live_adopted.py").write_text(DAG)
    (home / "airflow.cfg").write_text(
        f"[core]\ndags_folder = {home}/dags\nfernet_key = {NEWER_KEY},{FERNET_KEY}\nparallelism = 8\n"
        f"[database]\nsql_alchemy_conn = sqlite:///{home}/airflow.db\n"
    )
    with sqlite3.connect(home / "airflow.db") as database:
        database.executescript(RECORDED.read_text(encoding="utf-8"))
    database.close()
    return home


@pytest.fixture
def clean(platform: LivePlatform) -> Iterator[None]:
    """Delete what the tests have adopted."""
    yield
    for words in (
        ("connection", "delete", "live_lake", "--yes"), ("variable", "delete", "live_api_key", "live_batch", "--yes"),
        ("user", "delete", "live_kim", "--yes"), ("link", "remove", "live_adopted.py"),
    ):  # fmt: skip
        platform.mlopsctl(*words)
    for path in ("/api/v2/pools/live_heavy", "/auth/fab/v1/roles/LiveAnalyst"):
        with suppress(RequestRejected):  # 404: the test has failed before it was adopted
            platform.http.send("DELETE", path)


def states(answer: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["state"] for step in answer["data"]["steps"]}


def trace(home: Path) -> dict[Path, str]:
    return {path: sha256(path) for path in home.rglob("*") if path.is_file()}


def test_an_airflow_is_adopted(platform: LivePlatform, other: Path, clean: None) -> None:
    before = trace(other)
    dry = platform.mlopsctl("adopt", str(other), "--dry-run", "--json")
    assert (dry.code, dry.json["status"], dry.json["data"]["airflow_version"]) == (0, "planned", "2.7")
    assert dry.json["data"]["options"] == [{"option": "core.parallelism", "value": "8", "default": "32"}]

    refused = platform.mlopsctl("adopt", str(other), "--json")
    assert (refused.code, refused.json["errors"][0]["code"]) == (1, "not-confirmed")

    first = platform.mlopsctl("adopt", str(other), "--yes", "--json")
    changed = [
        "connection live_lake", "variable live_api_key", "variable live_batch", "pool live_heavy", "role LiveAnalyst",
        "user live_kim", "link live_adopted.py",
    ]  # fmt: skip
    assert [name for name, state in states(first.json).items() if state == "changed"] == changed, first.err
    assert [error["code"] for error in first.json["errors"]] == ["not-adopted"], "the key of live_lost is lost"
    assert not any(secret in first.out + first.err for secret in ("s3cret", "s3cr3t", "pbkdf2", "gAAAA"))
    assert trace(other) == before

    check_secrets(platform)
    check_login(platform)
    again = platform.mlopsctl("adopt", str(other), "--yes", "--overwrite", "--json")
    assert {states(again.json)[name] for name in changed} == {"ok"}


def check_secrets(platform: LivePlatform) -> None:
    """With Airflow's own command line, which decrypts them."""
    shown = platform.mlopsctl("airflow", "--", "connections", "get", "live_lake", "-o", "json")
    (lake,) = json.loads(shown.out[shown.out.index("[") :])
    assert (lake["password"], lake["login"], lake["schema"]) == ("l@ke/s3cret 한글", "reader", "wh")
    extra = lake["extra_dejson"]
    assert (extra if isinstance(extra, dict) else json.loads(extra.replace("'", '"')))["token"] == "tok-1"
    exported = platform.json("variable", "export", "--with-secrets")["data"]["variables"]
    assert (exported["live_api_key"], exported["live_batch"]) == ("s3cr3t-key", "3")


def check_login(platform: LivePlatform) -> None:
    url = platform.json("status")["data"]["api_url"]
    for password, status in (("kim-old-pw", 201), ("wrong", 401)):
        login = {"username": "live_kim", "password": password}
        assert httpx.post(f"{url}/auth/token", json=login, timeout=60).status_code == status
    users = {user["username"]: user for user in platform.json("user", "list")["data"]["users"]}
    assert set(users["live_kim"]["role"].split(", ")) == {"LiveAnalyst", "Viewer"}


def test_an_airflow_that_cannot_be_adopted_is_refused(platform: LivePlatform, other: Path, tmp_path: Path) -> None:
    """Each before anything is changed."""
    own = str(platform.home / "airflow")
    closed = "postgresql://airflow@127.0.0.1:9/airflow"
    (tmp_path / "key").write_text("no key")
    cases = {
        (own,): "own-platform", (str(tmp_path),): "no-airflow-home", ("--metadata-db", closed): "source-database",
        (str(other), "--fernet-key-file", str(tmp_path / "key")): "fernet-key",
    }  # fmt: skip
    for words, code in cases.items():
        refused = platform.mlopsctl("adopt", *words, "--yes", "--json")
        assert (refused.code, refused.json["errors"][0]["code"]) == (1, code)
