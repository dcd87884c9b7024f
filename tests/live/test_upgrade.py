"""A home from nothing under Airflow 3.3.1: a setup that is killed and finished, then the way to 3.3.2 and back."""

import subprocess
import time
from collections.abc import Iterator

import pytest

from mlopsctl.adapters.postgres import dump
from mlopsctl.adapters.postgres.server import Postgres
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from tests.live.conftest import CHECKOUT, INSTALL, LivePlatform, end, environment, home_of_worker

pytestmark = pytest.mark.live

OLD, NEW = "3.3.1", "3.3.2"
CASES = str(CHECKOUT / "tests" / "live" / "dags" / "live_cases")
# As Airflow's own settings file, which its migration reads too: like a migration that breaks off when half is done.
BREAKS_OFF = f"""
from airflow import __version__

if __version__ == "{NEW}":
    from airflow.configuration import conf
    from sqlalchemy import create_engine, text

    with create_engine(conf.get("database", "sql_alchemy_conn")).begin() as connection:
        connection.execute(text("DROP TABLE dag_run CASCADE"))
    raise RuntimeError("the rest is not done")
"""


@pytest.fixture(scope="module")
def old() -> Iterator[LivePlatform]:
    live = home_of_worker("홈 with spaces", 200)
    words = ("setup", "--airflow-version", OLD, "--dags", CASES, "--seed-to", "2023-06-30")
    try:
        killed_after(live, 2.0, *words)
        live.json("uninstall", "--yes")  # what it leaves is set up as well, packages and all
        killed_after(live, 8.0, *words)
        live.json(*words, timeout=INSTALL)
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
    assert old.mlopsctl("trigger", "live_manual", "--wait").code == 0
    file = Home(old.home).airflow / "config" / "airflow_local_settings.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(BREAKS_OFF)
    try:
        refused = old.mlopsctl("upgrade", "--airflow-version", NEW, "--json", timeout=INSTALL)
    finally:
        file.unlink()
    assert refused.code == 1
    error = refused.json["errors"][0]
    assert error["message"].splitlines() == [
        "initialise.py, run by Airflow's Python, failed: RuntimeError: the rest is not done",
        f"Airflow {OLD} is back, with its metadata as they were.",
    ]
    assert state(old) == (OLD, True, ["venv", "venv.next"], 1)  # which the next one need not build again


def broken_restore(live: LivePlatform) -> None:
    """Of a dump that breaks off nothing is taken: neither what goes nor what comes."""
    broken = live.home / "dumps" / "broken.sql"
    broken.write_text((live.home / "dumps" / f"metadata-{OLD}.sql").read_text() + "\nNO SQL;\n")
    with pytest.raises(MlopsctlError, match="syntax error"):
        dump.restore(Postgres(Home(live.home)), broken)


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
    answer = old.json(*words, timeout=INSTALL)
    assert set(answer["data"]) == {"steps", "from", "airflow_version", "dump", "constraints"}
    assert (answer["data"]["from"], answer["data"]["airflow_version"]) == (OLD, NEW)
    assert state(old) == (NEW, True, ["venv"], 1)


def test_again_there_is_nothing_to_do(old: LivePlatform) -> None:
    assert [step["state"] for step in old.json("upgrade", "--airflow-version", NEW)["data"]["steps"]] == ["ok"]
    assert {step["state"] for step in old.json("setup")["data"]["steps"]} == {"ok"}
