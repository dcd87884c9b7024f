"""The cure for DAGs that Airflow holds an old version of: bytecode removed, memory renewed, every file read again."""

import time
from collections.abc import Iterator

from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.dags import bytecode, folder_walk, listing, reparse
from mlopsctl.operations.platform import Platform

AWAY = "Airflow does not run: it reads every file when it starts"


def plan(platform: Platform) -> Plan:
    """One step for each entry of the DAGs folder that holds bytecode, then the reading."""
    removals = [PlannedStep(entry.name, f"remove {_words(entry)}") for entry in bytecode.find(platform.home.dags)]
    if not reparse.runs(platform):
        return Plan((*removals, PlannedStep("read", "")), notes=(AWAY,))
    why = restart(platform)
    steps = (
        PlannedStep("dag-processor", f"restart: {why}" if why else ""),
        PlannedStep("read", "have Airflow read every DAG file again"),
    )
    return Plan((*removals, *steps))


def run(platform: Platform) -> Iterator[Step]:
    """Killed at any moment, the same call finishes the work. Raises MlopsctlError, OSError."""
    why = restart(platform) if reparse.runs(platform) else ""
    yield from remove(platform)
    if reparse.runs(platform):
        yield from reparse.again(platform, restart=bool(why))
    else:
        yield Step("read", StepState.SKIPPED, AWAY)


def remove(platform: Platform) -> Iterator[Step]:
    """The bytecode alone."""
    for entry in bytecode.find(platform.home.dags):
        began, words = time.monotonic(), _words(entry)
        bytecode.remove(entry)
        yield Step(entry.name, StepState.CHANGED, f"removed {words}", time.monotonic() - began)


def restart(platform: Platform) -> str:
    """Why the dag-processor must be restarted; empty: asking it to read is enough.

    It reads each DAG file in a process of its own, but that is a copy of one that has imported modules before.
    """
    if orphans := [path.name for entry in bytecode.find(platform.home.dags) for path in entry.orphans]:
        return f"it may hold {orphans[0]}, whose source is gone"
    tree, started = folder_walk.walk(platform.home.dags), platform.supervisor.started(reparse.PROCESSOR)
    helpers = set(tree.sources) - set(tree.dag_files)
    if changed := [path for path in helpers if path.stat().st_mtime > started]:
        return f"{tree.named(min(changed))} changed since it started"
    known = {dag.relative_file for dag in platform.api.dags()}
    if unknown := [error.file for error in listing.failed(platform) if error.file not in known]:
        return f"Airflow knows no DAG of {unknown[0]} by which it could be asked for"
    return ""


def _words(entry: bytecode.Bytecode) -> str:
    parts = [f"{len(entry.caches)} __pycache__"] if entry.caches else []
    parts += [f"{', '.join(path.name for path in entry.orphans)} without its source"] if entry.orphans else []
    return " and ".join(parts)
