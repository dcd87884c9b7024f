"""A home with Airflow 3.3.1, whose setup was killed and completed, is upgraded to 3.3.2."""

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
# Airflow's local settings, which its migration reads too: simulates a migration that fails halfway.
FAILING_MIGRATION = f"""
from airflow import __version__

if __version__ == "{NEW}":
    from airflow.configuration import conf
    from sqlalchemy import create_engine, text

    with create_engine(conf.get("database", "sql_alchemy_conn")).begin() as connection:
        connection.execute(text("DROP TABLE dag_run CASCADE"))
    raise RuntimeError("migration failed")
"""


@pytest.fixture(scope="module")
def old() -> Iterator[LivePlatform]:
    live = home_of_worker("홈 with spaces", 200)
    words = ("setup", "--airflow-version", OLD, "--dags", CASES, "--seed-to", "2023-06-30")
    try:
        killed_after(live, 2.0, *words)
        live.json("uninstall", "--yes")  # the next setup installs everything again
        killed_after(live, 8.0, *words)
        live.json(*words, timeout=INSTALL)
        yield live
    finally:
        end(live)


def killed_after(live: LivePlatform, seconds: float, *words: str) -> None:
    null = subprocess.DEVNULL
    with subprocess.Popen(live.command(*words), env=environment(), stdout=null, stderr=null) as process:
        time.sleep(seconds)
        process.kill()


def state(live: LivePlatform) -> tuple[str, bool, list[str], int]:
    """Version, health, the virtual environments in the home, and the number of successful runs."""
    status = live.json("status")["data"]
    folders = sorted(path.name for path in live.home.glob("venv*"))
    sql = "SELECT count(*) FROM dag_run WHERE dag_id = 'live_manual' AND state = 'success'"
    runs = live.mlopsctl("db", "shell", "metadata", "--", "-At", "-c", sql)
    return status["airflow_version"], status["healthy"], folders, int(runs.out)


def test_a_killed_setup_is_completed_by_the_next(old: LivePlatform) -> None:
    assert state(old) == (OLD, True, ["venv"], 0)
    assert f'airflow_version = "{OLD}"' in (old.home / "config.toml").read_text()


def test_setup_does_not_replace_the_installed_airflow(old: LivePlatform) -> None:
    refused = old.mlopsctl("setup", "--airflow-version", NEW)
    assert refused.code == 1
    assert f"mlopsctl --home '{old.home}' upgrade --airflow-version {NEW}" in refused.err


def test_a_release_that_does_not_exist_changes_nothing(old: LivePlatform) -> None:
    refused = old.mlopsctl("upgrade", "--airflow-version", "3.99.0", "--json")
    assert refused.code == 1
    assert refused.json["errors"][0]["code"] == "unknown-version"
    assert state(old) == (OLD, True, ["venv"], 0)


def test_a_failed_migration_restores_the_old_release_and_its_runs(old: LivePlatform) -> None:
    assert old.mlopsctl("trigger", "live_manual", "--wait").code == 0
    file = Home(old.home).airflow / "config" / "airflow_local_settings.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(FAILING_MIGRATION)
    try:
        refused = old.mlopsctl("upgrade", "--airflow-version", NEW, "--json", timeout=INSTALL)
    finally:
        file.unlink()
    assert refused.code == 1
    error = refused.json["errors"][0]
    assert error["message"].splitlines() == [
        "initialise.py, run by Airflow's Python, failed: RuntimeError: migration failed",
        f"Airflow {OLD} and its metadata were restored.",
    ]
    assert state(old) == (OLD, True, ["venv", "venv.next"], 1)  # the next attempt uses venv.next


def restore_broken_dump(live: LivePlatform) -> None:
    """A dump with an error changes nothing."""
    broken = live.home / "dumps" / "broken.sql"
    broken.write_text((live.home / "dumps" / f"metadata-{OLD}.sql").read_text() + "\nNO SQL;\n")
    with pytest.raises(MlopsctlError, match="syntax error"):
        dump.restore(Postgres(Home(live.home)), broken)


def test_a_killed_upgrade_is_completed_by_the_next(old: LivePlatform) -> None:
    words = ("upgrade", "--airflow-version", NEW)
    with subprocess.Popen(old.command(*words), env=environment(), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        line = next(line for line in process.stderr if line.startswith("changed venv"))
        process.kill()
    assert f"Airflow {NEW} replaces {OLD}" in line
    refused = old.mlopsctl("start")
    assert refused.code == 1
    assert f"an upgrade to Airflow {NEW} was interrupted" in refused.err
    restore_broken_dump(old)
    answer = old.json(*words, timeout=INSTALL)
    assert set(answer["data"]) == {"steps", "from", "airflow_version", "dump", "constraints"}
    assert (answer["data"]["from"], answer["data"]["airflow_version"]) == (OLD, NEW)
    assert state(old) == (NEW, True, ["venv"], 1)


def test_a_second_upgrade_changes_nothing(old: LivePlatform) -> None:
    assert [step["state"] for step in old.json("upgrade", "--airflow-version", NEW)["data"]["steps"]] == ["ok"]
    assert {step["state"] for step in old.json("setup")["data"]["steps"]} == {"ok"}
