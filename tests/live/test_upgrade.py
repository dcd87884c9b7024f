"""A home from nothing under Airflow 3.3.1: a setup that is killed and finished, then the way to 3.3.2 and back."""

import subprocess
import time
from collections.abc import Iterator

import pytest

from mlopsctl.adapters import postgres_dump
from mlopsctl.adapters.postgres import Postgres
from mlopsctl.errors import MlopsctlError
from mlopsctl.paths import Home
from tests.live.conftest import CHECKOUT, LivePlatform, end, environment, new_home

pytestmark = pytest.mark.live

OLD, NEW = "3.3.1", "3.3.2"
CASES = str(CHECKOUT / "tests" / "live" / "dags" / "live_cases")
ONLY_OLD = f"""
from airflow import __version__
from airflow.sdk import DAG

if __version__ == "{NEW}":
    raise RuntimeError("what this imports is gone")
with DAG("only_old"):
    pass
"""


@pytest.fixture(scope="module")
def old() -> Iterator[LivePlatform]:
    live = LivePlatform(new_home("홈 with spaces"))
    words = ("setup", "--airflow-version", OLD, "--dags", CASES, "--seed-to")
    try:
        for seconds in (2.0, 8.0):
            killed_after(live, seconds, *words, "2023-06-30", "--api-port", "18380")
        live.json(*words, "2023-06-30", "--api-port", "18380")
        yield live
    finally:
        end(live)


def killed_after(live: LivePlatform, seconds: float, *words: str) -> None:
    silence = subprocess.DEVNULL
    with subprocess.Popen(live.command(*words), env=environment(), stdout=silence, stderr=silence) as process:
        time.sleep(seconds)
        process.kill()


def state(live: LivePlatform) -> tuple[str, bool, list[str], int]:
    """Version, health, which venvs stand in the home, and how many runs succeeded."""
    status = live.json("status")["data"]
    folders = sorted(path.name for path in live.home.glob("venv*"))
    sql = "SELECT count(*) FROM dag_run WHERE dag_id = 'live_manual' AND state = 'success'"
    runs = live.mlopsctl("db", "shell", "metadata", "--", "-At", "-c", sql)
    return status["airflow_version"], status["healthy"], folders, int(runs.out)


def test_a_killed_setup_is_finished_by_the_next(old: LivePlatform) -> None:
    assert state(old) == (OLD, True, ["venv"], 0)
    assert f'airflow_version = "{OLD}"' in (old.home / "config.toml").read_text()


def test_setup_puts_no_other_airflow_over_the_installed_one(old: LivePlatform) -> None:
    refused = old.mlopsctl("setup", "--airflow-version", NEW)
    assert refused.code == 1
    assert f"mlopsctl --home '{old.home}' upgrade --airflow-version {NEW}" in refused.err


def test_a_version_that_does_not_exist_touches_nothing(old: LivePlatform) -> None:
    refused = old.mlopsctl("upgrade", "--airflow-version", "3.99.0", "--json")
    assert refused.code == 1
    assert refused.json["errors"][0]["code"] == "unknown-version"
    assert state(old) == (OLD, True, ["venv"], 0)


def test_where_the_new_one_fails_the_old_one_runs_again_with_its_runs(old: LivePlatform) -> None:
    file = Home(old.home).dags / "only_old.py"
    file.write_text(ONLY_OLD)
    try:
        assert old.mlopsctl("trigger", "live_manual", "--wait").code == 0
        refused = old.mlopsctl("upgrade", "--airflow-version", NEW, "--json")
    finally:
        file.unlink()
    assert refused.code == 1
    error = refused.json["errors"][0]
    assert error["message"].splitlines() == [
        "only_old.py cannot be imported: RuntimeError: what this imports is gone",
        f"Airflow {OLD} is back, with its metadata as they were.",
    ]
    assert state(old) == (OLD, True, ["venv", "venv.next"], 1)  # which the next one need not build again


def broken_restore(live: LivePlatform) -> None:
    """Of a dump that breaks off nothing is taken: neither what goes nor what comes."""
    broken = live.home / "dumps" / "broken.sql"
    broken.write_text((live.home / "dumps" / f"metadata-{OLD}.sql").read_text() + "\nNO SQL;\n")
    with pytest.raises(MlopsctlError, match="syntax error"):
        postgres_dump.restore(Postgres(Home(live.home)), broken)


def test_one_that_is_killed_in_the_middle_goes_on(old: LivePlatform) -> None:
    words = ("upgrade", "--airflow-version", NEW)
    with subprocess.Popen(old.command(*words), env=environment(), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        line = next(line for line in process.stderr if line.startswith("changed venv"))
        process.kill()
    assert f"Airflow {NEW} is in the place of {OLD}" in line
    refused = old.mlopsctl("start")
    assert refused.code == 1
    assert f"an upgrade to Airflow {NEW} was broken off, and is to be finished first." in refused.err
    broken_restore(old)
    answer = old.json(*words)
    assert set(answer["data"]) == {"steps", "from", "airflow_version", "dump", "constraints"}
    assert (answer["data"]["from"], answer["data"]["airflow_version"]) == (OLD, NEW)
    assert state(old) == (NEW, True, ["venv"], 1)


def test_again_there_is_nothing_to_do(old: LivePlatform) -> None:
    assert [step["state"] for step in old.json("upgrade", "--airflow-version", NEW)["data"]["steps"]] == ["ok"]
    assert {step["state"] for step in old.json("setup")["data"]["steps"]} == {"ok"}
