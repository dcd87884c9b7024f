"""Failures while exam data are written: killed clients, two clients at once, an account without privileges."""

import random
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest

from mlopsctl.adapters.mariadb.server import MariaDBServer
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.core.steps import Step
from mlopsctl.operations.seed import generate, report
from mlopsctl.operations.seed.profile import SeedRequest
from mlopsctl.operations.seed.verify import verify
from tests.live.conftest import LivePlatform, environment

pytestmark = pytest.mark.live

KILLS = 5  # tried with 50 by hand
TABLES = {
    "cust_info": "base_dt",
    "family_info": "base_dt",
    "loan_applicant_info": "applicant_date",
    "loan_default_account": "registration_date",
}
FIRST, LAST = date(2028, 3, 1), date(2029, 3, 31)
DAYS = 396
RANGE = ("--from", str(FIRST), "--to", str(LAST))
EMPTY = ("seed", "reset", *RANGE, "--yes")


@pytest.fixture
def years(platform: LivePlatform) -> Iterator[None]:
    """A range that no other test writes, deleted afterwards."""
    yield
    assert platform.mlopsctl(*EMPTY).code == 0


def incomplete_days(platform: LivePlatform) -> list[tuple[tuple[str, str], int]]:
    """Days with fewer or more rows than their transaction wrote, in one consistent snapshot."""
    with platform.features.session() as session:
        session.run("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        where = f"BETWEEN '{FIRST:%Y%m%d}' AND '{LAST:%Y%m%d}'"
        ledger = session.query(f"SELECT base_dt, {', '.join(TABLES)} FROM mlops_meta.seed_days WHERE base_dt {where}")
        wanted = {(table, day): rows for day, *all_ in ledger for table, rows in zip(TABLES, all_, strict=True) if rows}
        found = {
            (table, day): rows
            for table, column in TABLES.items()
            for day, rows in session.query(
                f"SELECT {column}, COUNT(*) FROM mlops.{table} WHERE {column} {where} GROUP BY {column}"
            )
        }
    return sorted(set(wanted.items()) ^ set(found.items()))


def differences(platform: LivePlatform) -> list[object]:
    return [check for check in verify(platform.features, FIRST, LAST) if check.differ or check.missing]


@pytest.mark.usefixtures("years")
def test_a_kill_leaves_no_incomplete_day_and_the_next_seed_continues(platform: LivePlatform) -> None:
    number = random.randrange(2**31)
    random_, description = random.Random(number), f"random.Random({number})"
    for _ in range(KILLS):
        with subprocess.Popen(platform.command("seed", *RANGE), env=environment(), stderr=subprocess.DEVNULL) as client:
            time.sleep(random_.uniform(0.3, 2.0))
            assert incomplete_days(platform) == [], description  # while it is running, too
            client.send_signal(signal.SIGKILL)
        assert incomplete_days(platform) == [], description
        if client.returncode == 0:
            assert platform.mlopsctl(*EMPTY).code == 0
    assert platform.json("seed", *RANGE)["data"]["days"] == DAYS
    assert differences(platform) == []
    assert "days written" not in platform.mlopsctl("seed", *RANGE).err


@pytest.mark.usefixtures("years")
def test_two_clients_at_once_write_every_day_once(platform: LivePlatform) -> None:
    """As from two homes or machines, which do not share the lock of a home."""

    def write(_: int) -> list[Step]:
        return list(generate.run(platform.features, FIRST, LAST, SeedRequest()))

    with ThreadPoolExecutor(2) as pool:
        ends = [steps[-1] for steps in pool.map(write, range(2))]
    assert f"{DAYS} days written" in ends[0].detail + ends[1].detail
    assert incomplete_days(platform) == []
    assert differences(platform) == []


def test_an_account_that_can_only_read_is_refused(platform: LivePlatform) -> None:
    server = MariaDBServer(Home(platform.home), platform.features.port, "Asia/Seoul")
    reader = replace(platform.features, user="reader", password="only reads")
    server.admin.run("CREATE USER 'reader'@'localhost' IDENTIFIED BY 'only reads'")
    try:
        server.admin.run("GRANT SELECT ON mlops.* TO 'reader'@'localhost'")
        server.admin.run("GRANT SELECT ON `mlops\\_meta`.* TO 'reader'@'localhost'")
        server.admin.run("GRANT SELECT ON recipe.* TO 'reader'@'localhost'")
        with pytest.raises(MlopsctlError) as caught:
            list(generate.run(reader, FIRST, LAST, SeedRequest()))
    finally:
        server.admin.run("DROP USER 'reader'@'localhost'")
    assert caught.value.code == "access-denied"
    assert re.search("to database|command denied", caught.value.message), "the login itself is allowed"
    assert report.read(platform.features, FIRST, LAST).days == 0
