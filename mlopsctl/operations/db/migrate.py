"""Migrate both databases: Airflow's tables to the installed release, and missing tables of the feature store."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from mlopsctl.core.states import DatabaseName, StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
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

WHAT = {
    DatabaseName.METADATA: "apply pending migrations of Airflow {}; stops Airflow meanwhile if there are any",
    DatabaseName.FEATURES: "create missing tables",
}


def plan(platform: Platform, databases: Sequence[DatabaseName]) -> Plan:
    """Does not look for pending migrations: that would take seconds, since only Airflow knows them."""
    version = platform.settings.airflow_version
    return Plan(tuple(PlannedStep(name, WHAT[name].format(version)) for name in databases))


def run(platform: Platform, databases: Sequence[DatabaseName]) -> Iterator[Step]:
    """Stops services only if there is something to migrate. Raises MlopsctlError."""
    was_running = platform.supervisor.running()
    yield from start_databases(platform, own_services(platform, databases))
    if DatabaseName.METADATA in databases:
        yield from _migrate_metadata(platform, was_running)
    if DatabaseName.FEATURES in databases:
        yield from _create_missing_tables(platform)
    if not was_running:
        yield from restore_services(platform, was_running=False)


def _migrate_metadata(platform: Platform, was_running: bool) -> Iterator[Step]:
    found: dict[str, Any] = {}

    def check() -> str:
        found.update(platform.airflow.run_script("schema", {"drop": False}))
        return f"at {found['revision']}, the revision of Airflow {platform.settings.airflow_version}"

    for step in run_call(DatabaseName.METADATA, "checking for pending migrations", check):
        if step.state == StepState.RUNNING:
            yield step
        elif not found["pending"]:
            yield replace(step, state=StepState.OK)
    if found["pending"]:
        previous = found["revision"] or "nothing"
        yield from stop_airflow(platform)
        yield from initialise_metadata(platform)
        yield from run_call(
            DatabaseName.METADATA, "checking for pending migrations", lambda: f"from {previous}; now {check()}"
        )
        if was_running:
            yield from restore_services(platform, was_running=True)


def _create_missing_tables(platform: Platform) -> Iterator[Step]:
    began = time.monotonic()
    created = schema.create_schema(platform.features())
    detail = f"created {', '.join(created)}" if created else "all tables exist"
    state = StepState.CHANGED if created else StepState.OK
    yield Step(DatabaseName.FEATURES, state, detail, time.monotonic() - began)
