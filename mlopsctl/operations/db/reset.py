"""A database emptied, and made as setup makes it. What is lost is named before."""

import json
import shutil
from collections.abc import Iterator, Sequence
from functools import partial

from mlopsctl.adapters.airflow.accounts import API_READER, SERVICE_USER
from mlopsctl.adapters.mariadb.server import DATABASES
from mlopsctl.adapters.postgres.server import sql_text
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import SETUP_DESCRIPTION
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.backfill.lock import check_idle
from mlopsctl.operations.db import schema
from mlopsctl.operations.db.maintenance import back, initialise, own, rest, up, work
from mlopsctl.operations.platform import Platform

PATIENCE = 60  # seconds for which a table may be in use


def plan(platform: Platform, which: Sequence[str]) -> Plan:
    """Raises MlopsctlError: a database that this home did not make, or a backfill that is being watched."""
    external = {
        "metadata": platform.settings.external_metadata_db,
        "features": platform.settings.external_feature_store,
    }
    for name in which:
        if external[name]:
            raise MlopsctlError(
                f"the {name} database was given by URL, and mlopsctl empties only what it has made.",
                hint=Hint.of("airflow", "--", "db", "reset")
                if name == "metadata"
                else Hint.of("seed", "reset", "empties", "its", "own", "days"),
                code="external",
            )
    check_idle(platform.home)
    lost = {name: (_metadata_lost if name == "metadata" else _features_lost)(platform) for name in which}
    steps = tuple(PlannedStep(name, f"empty it: {lost[name]}") for name in which)
    return Plan(steps, asks=f"Reset {' and '.join(which)}? Lost is {'; '.join(lost.values())}.")


def _metadata_lost(platform: Platform) -> str:
    whole = "all DAG runs with their tasks, logs and XComs, all users, connections, variables and pools of yours"
    if not platform.postgres.ready() or platform.postgres.query("SELECT to_regclass('ab_user')") != "ab_user":
        return whole
    users = ", ".join(map(sql_text, (platform.settings.admin_user, SERVICE_USER, API_READER)))
    ours = f"description IS DISTINCT FROM {sql_text(SETUP_DESCRIPTION)}"
    sql = f"""SELECT json_build_object(
      'DAG runs with their tasks, logs and XComs', (SELECT count(*) FROM dag_run),
      'users', (SELECT count(*) FROM ab_user WHERE username NOT IN ({users})),
      'connections', (SELECT count(*) FROM connection WHERE {ours}),
      'variables', (SELECT count(*) FROM variable WHERE {ours}),
      'pools', (SELECT count(*) FROM slot_pool WHERE pool <> 'default_pool'))"""
    counts = json.loads(platform.postgres.query(sql))
    return ", ".join(f"{what}: {count:,}" for what, count in counts.items() if count) or "nothing of yours"


def _features_lost(platform: Platform) -> str:
    names = ", ".join(map(sql_text, DATABASES))
    sql = (
        "SELECT table_schema, COUNT(*), COALESCE(SUM(table_rows), 0) FROM information_schema.tables "
        f"WHERE table_schema IN ({names}) GROUP BY table_schema ORDER BY table_schema"
    )
    if not platform.mariadb.ready():
        return f"all tables of {', '.join(DATABASES)}: exam data, features and whatever pipelines wrote"
    found = platform.mariadb.admin.query(sql)
    return ", ".join(f"{name}: {tables} tables, about {int(rows):,} rows" for name, tables, rows in found) or "nothing"


def run(platform: Platform, which: Sequence[str]) -> Iterator[Step]:
    """Raises MlopsctlError. Killed at any moment, the same call finishes it."""
    ran = platform.supervisor.running()
    yield from up(platform, own(platform, which))
    yield from rest(platform)
    for name in which:
        empty = _empty_metadata if name == "metadata" else _empty_features
        yield from work(name, "emptying it", partial(empty, platform))
        if name == "metadata":
            yield from initialise(platform)
    yield from back(platform, ran=ran)


def _empty_metadata(platform: Platform) -> str:
    platform.home.secret("initialised").unlink(missing_ok=True)  # killed from here on, setup heals it too
    platform.airflow.run_script("schema", {"drop": True})
    # Without their runs nobody finds them; runs of the same names would write on in the same logs.
    xcom, logs = platform.home.airflow / "xcom", platform.home.airflow / "logs"
    for folder in [xcom, *logs.glob("dag_id=*")]:
        if folder.exists():
            shutil.rmtree(folder)
    xcom.mkdir()
    return "emptied"


def _empty_features(platform: Platform) -> str:
    with platform.mariadb.admin.session() as session:
        session.run(f"SET SESSION lock_wait_timeout = {PATIENCE}")  # the default is a day
        for database in DATABASES:
            session.run(f"DROP DATABASE IF EXISTS `{database}`")
    platform.mariadb.create_account()
    made = schema.create_schema(platform.features())
    return f"emptied, {len(made)} tables made; `mlopsctl seed` fills them"
