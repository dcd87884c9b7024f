"""A large value between two tasks: it goes through a file of the home, and the metadata database holds where."""

import json
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live

MEGABYTES = 40  # as live_large has it; 200, by its conf, were tried by hand: what happens is the same


def values(platform: LivePlatform, run_id: str) -> dict[str, str]:
    """What the metadata database holds of a run, by task and key."""
    sql = f"SELECT task_id || ' ' || key, value FROM xcom WHERE dag_id = 'live_large' AND run_id = '{run_id}'"
    shown = platform.mlopsctl("db", "shell", "metadata", "--", "-At", "-F", "\t", "-c", sql)
    assert shown.code == 0, shown.err
    return dict(line.split("\t", 1) for line in shown.out.splitlines())


def file_of(platform: LivePlatform, held: dict[str, str]) -> Path:
    """Where the frame is, by the database."""
    file = Path(unquote(urlsplit(json.loads(held["make return_value"])).path))
    assert file.is_relative_to(platform.home / "airflow" / "xcom" / "live_large")
    return file


def run(platform: LivePlatform) -> dict[str, str]:
    """What the database holds of a run of a day, which is run again where it was before."""
    words = ("backfill", "live_large", "--dates", "2024-01-01", "--all", "--yes")
    (done,) = platform.json(*words)["data"]["runs"]
    return values(platform, done["run_id"])


def test_large_xcom_is_stored_as_a_file(platform: LivePlatform) -> None:
    held = run(platform)
    made = json.loads(held["make facts"])
    assert json.loads(held["take return_value"]) == made, "every cell, and every type"
    assert made["megabytes"] == MEGABYTES and "datetime64[us, Asia/Seoul]" in made["types"]
    assert all(len(value) < 1000 for value in held.values()), "nothing large is in the database"
    first = file_of(platform, held)
    assert first.stat().st_size > MEGABYTES * 1e6
    second = file_of(platform, run(platform))
    assert second.exists() and not first.exists(), "a task that runs again leaves one file"
    second.unlink()
