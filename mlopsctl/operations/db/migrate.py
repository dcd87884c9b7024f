"""Both databases brought to the schema of what is installed: Airflow's tables, and those of the feature store."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.db import schema
from mlopsctl.operations.db.maintenance import back, initialise, own, rest, up, work
from mlopsctl.operations.platform import Platform

WHAT = {
    "metadata": "make the migrations that Airflow {} has and the database has not; Airflow rests meanwhile",
    "features": "make the tables that are missing",
}


def plan(platform: Platform, which: Sequence[str]) -> Plan:
    """What would be looked at; whether something is missing, Airflow itself tells in a few seconds."""
    version = platform.settings.airflow_version
    return Plan(tuple(PlannedStep(name, WHAT[name].format(version)) for name in which))


def run(platform: Platform, which: Sequence[str]) -> Iterator[Step]:
    """Raises MlopsctlError. Where nothing is missing, nothing is stopped."""
    ran = platform.supervisor.running()
    yield from up(platform, own(platform, which))
    if "metadata" in which:
        yield from _metadata(platform, ran)
    if "features" in which:
        yield from _features(platform)
    if not ran:
        yield from back(platform, ran=False)


def _metadata(platform: Platform, ran: bool) -> Iterator[Step]:
    def look() -> str:
        found.update(platform.airflow.run_script("schema", {"drop": False}))
        return f"at {found['revision']}, as Airflow {platform.settings.airflow_version} wants it"

    found: dict[str, Any] = {}
    for step in work("metadata", "asking Airflow for migrations", look):
        if step.state == "running":
            yield step
        elif not found["pending"]:
            yield replace(step, state=StepState.OK)
    if found["pending"]:
        before = found["revision"] or "nothing"
        yield from rest(platform)
        yield from initialise(platform)
        yield from work("metadata", "asking Airflow for migrations", lambda: f"from {before}; {look()}")
        if ran:
            yield from back(platform, ran=True)


def _features(platform: Platform) -> Iterator[Step]:
    began = time.monotonic()
    made = schema.create_schema(platform.features())
    detail = f"made {', '.join(made)}" if made else "all tables are there"
    yield Step("features", StepState.CHANGED if made else StepState.OK, detail, time.monotonic() - began)
