"""`dags clean`, for DAGs of which Airflow has an old version: remove bytecode, clear the dag-processor's memory, and
have every file read again."""

import time
from collections.abc import Iterator

from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.dags import reparse
from mlopsctl.operations.dags.files import bytecode, folder_walk
from mlopsctl.operations.dags.import_errors.listing import failed_imports
from mlopsctl.operations.platform import Platform

NOT_RUNNING = "Airflow is not running; it reads every DAG file when it starts"


def plan(platform: Platform) -> Plan:
    """One step per entry of the DAGs folder that holds bytecode, then the reading."""
    removals = [PlannedStep(entry.name, f"remove {_contents(entry)}") for entry in bytecode.find(platform.home.dags)]
    if not reparse.is_airflow_running(platform):
        return Plan((*removals, PlannedStep("read", "")), notes=(NOT_RUNNING,))
    reason = restart_reason(platform)
    steps = (
        PlannedStep("dag-processor", f"restart: {reason}" if reason else ""),
        PlannedStep("read", "have Airflow read every DAG file again"),
    )
    return Plan((*removals, *steps))


def run(platform: Platform) -> Iterator[Step]:
    """Safe to re-run after it was killed. Raises MlopsctlError, OSError."""
    # Asked before the removal: an orphan is a reason to restart.
    reason = restart_reason(platform) if reparse.is_airflow_running(platform) else ""
    yield from remove_bytecode(platform)
    if reparse.is_airflow_running(platform):
        yield from reparse.run(platform, restart=bool(reason))
    else:
        yield Step("read", StepState.SKIPPED, NOT_RUNNING)


def remove_bytecode(platform: Platform) -> Iterator[Step]:
    for entry in bytecode.find(platform.home.dags):
        began, contents = time.monotonic(), _contents(entry)
        bytecode.remove(entry)
        yield Step(entry.name, StepState.CHANGED, f"removed {contents}", time.monotonic() - began)


def restart_reason(platform: Platform) -> str:
    """Why the dag-processor must be restarted; empty if asking it to read the files is enough.

    It reads each DAG file in a process of its own, but that is a fork of one that has imported modules before.
    """
    if orphans := [path.name for entry in bytecode.find(platform.home.dags) for path in entry.orphans]:
        return f"it may have imported {orphans[0]}, whose source is gone"
    tree, started = folder_walk.walk(platform.home.dags), platform.supervisor.start_time(reparse.PROCESSOR)
    helpers = set(tree.sources) - set(tree.dag_files)
    if changed := [path for path in helpers if path.stat().st_mtime > started]:
        return f"{tree.relative(min(changed))} changed since it started"
    known = {dag.relative_file for dag in platform.api.dags()}
    if unknown := [error.file for error in failed_imports(platform) if error.file not in known]:
        return f"Airflow knows no DAG in {unknown[0]}, so it cannot be asked to read that file"
    return ""


def _contents(entry: bytecode.Bytecode) -> str:
    parts = [f"{len(entry.caches)} __pycache__"] if entry.caches else []
    parts += [f"{', '.join(path.name for path in entry.orphans)} without its source"] if entry.orphans else []
    return " and ".join(parts)
