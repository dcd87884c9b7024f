"""Delete everything in a database and create it again as setup does. The plan lists what will be lost."""

import json
import shutil
from collections.abc import Iterator, Sequence
from functools import partial

from mlopsctl.adapters.airflow.accounts import API_READER, SERVICE_USER
from mlopsctl.adapters.airflow.metadb import user_data
from mlopsctl.adapters.mariadb.server import DATABASES
from mlopsctl.adapters.postgres.server import sql_text
from mlopsctl.core import storage
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import SETUP_DESCRIPTION
from mlopsctl.core.result import Message
from mlopsctl.core.states import DatabaseName
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.core.text import plural
from mlopsctl.operations.backfill.lock import check_idle
from mlopsctl.operations.db.maintenance import (
    initialise_metadata,
    own_services,
    restore_services,
    run_call,
    start_databases,
    stop_airflow,
)
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.seed import schema

LOCK_TIMEOUT = 60  # seconds to wait for a table that is in use; MariaDB's default is a day
METADATA_NAMES = {"runs": "DAG runs with their tasks, logs and XComs"}
UNKNOWN_METADATA = "all DAG runs with their tasks, logs and XComs, all your users, connections, variables and pools"


def plan(platform: Platform, databases: Sequence[DatabaseName]) -> Plan:
    """Raises MlopsctlError for an external database, and while a backfill is running."""
    _check_own(platform, databases)
    check_idle(platform.home)
    lost = {
        name: _lost_metadata(platform) if name == DatabaseName.METADATA else _lost_features(platform)
        for name in databases
    }
    steps = tuple(PlannedStep(name, f"delete {lost[name]}") for name in databases)
    asks = f"Delete everything in {' and '.join(databases)}?"
    refill = Message("To fill the feature store again afterwards:", hint=Hint.of("seed"))
    return Plan(steps, asks=asks, notes=(refill,) if DatabaseName.FEATURES in databases else ())


def _check_own(platform: Platform, databases: Sequence[DatabaseName]) -> None:
    alternatives = {
        DatabaseName.METADATA: Hint.of("airflow", "--", "db", "reset"),
        DatabaseName.FEATURES: Hint.of("seed", "reset", note="deletes only the days that seed generated"),
    }
    external = {
        DatabaseName.METADATA: platform.settings.external_metadata_db,
        DatabaseName.FEATURES: platform.settings.external_feature_store,
    }
    if refused := next((name for name in databases if external[name]), None):
        raise MlopsctlError(
            f"the {refused} database was given by URL; mlopsctl only resets databases that it created.",
            hint=alternatives[refused],
            code="external",
        )


def _lost_metadata(platform: Platform) -> str:
    if not platform.postgres.ready() or platform.postgres.query(user_data.HAS_TABLES) != "t":
        return UNKNOWN_METADATA
    own_users = (platform.settings.admin_user, SERVICE_USER, API_READER)
    counts = json.loads(platform.postgres.query(user_data.count_query(own_users, SETUP_DESCRIPTION)))
    counted = (f"{METADATA_NAMES.get(what, what)}: {count:,}" for what, count in counts.items() if count)
    return ", ".join(counted) or "nothing of yours"


def _lost_features(platform: Platform) -> str:
    if not platform.mariadb.ready():
        return f"all tables of {', '.join(DATABASES)}: exam data, features and everything that pipelines wrote"
    names = ", ".join(map(sql_text, DATABASES))
    sql = (
        "SELECT table_schema, COUNT(*), COALESCE(SUM(table_rows), 0) FROM information_schema.tables "
        f"WHERE table_schema IN ({names}) GROUP BY table_schema ORDER BY table_schema"
    )
    found = platform.mariadb.admin.query(sql)
    return ", ".join(f"{name}: {plural(n, 'table')}, about {int(rows):,} rows" for name, n, rows in found) or "nothing"


def run(platform: Platform, databases: Sequence[DatabaseName]) -> Iterator[Step]:
    """Safe to re-run after it was killed. Raises MlopsctlError."""
    was_running = platform.supervisor.running()
    yield from start_databases(platform, own_services(platform, databases))
    yield from stop_airflow(platform)
    for name in databases:
        empty = _empty_metadata if name == DatabaseName.METADATA else _empty_features
        yield from run_call(name, "deleting its content", partial(empty, platform))
        if name == DatabaseName.METADATA:
            yield from initialise_metadata(platform)
    yield from restore_services(platform, was_running=was_running)


def _empty_metadata(platform: Platform) -> str:
    platform.home.secret("initialised").unlink(missing_ok=True)  # if this is killed, setup initialises it again
    platform.airflow.run_script("schema", {"drop": True})
    # Useless without their runs, and new runs with the same names would append to the same logs.
    url = storage.locations(platform.home, platform.settings.storage).xcoms
    xcoms, logs = storage.folder(url), platform.home.airflow / "logs"
    for folder in [*([xcoms] if xcoms else []), *logs.glob("dag_id=*")]:
        if folder.exists():
            shutil.rmtree(folder)
    if xcoms:  # those of an object storage stay
        xcoms.mkdir()
    return "emptied"


def _empty_features(platform: Platform) -> str:
    with platform.mariadb.admin.session() as session:
        session.run(f"SET SESSION lock_wait_timeout = {LOCK_TIMEOUT}")
        for database in DATABASES:
            session.run(f"DROP DATABASE IF EXISTS `{database}`")
    platform.mariadb.create_account()
    created = schema.create_schema(platform.features())
    return f"emptied, {plural(len(created), 'table')} created"
