"""Runs and tasks that wait for longer than they should, and why."""

from collections.abc import Iterator, Sequence
from configparser import ConfigParser

from mlopsctl.adapters.airflow.interface import AirflowMetadata
from mlopsctl.core.model import WaitingGroup
from mlopsctl.operations.doctor.check import Check, Finding
from mlopsctl.operations.doctor.context import Place

LATE = 120.0  # seconds; the scheduler takes a second to see what may run
SILENT = 300.0  # seconds without a heartbeat after which Airflow takes a task for dead
PARALLELISM = 32  # Airflow's own default
AT_ONCE = 100

# Why, and what helps; what passes by itself, or was wished, is a warning.
RUNS = {
    "stale": ("the file of their DAG is gone, or cannot be imported", "mlopsctl dags errors", "error"),
    "paused": ("their DAG is paused", "mlopsctl airflow -- dags unpause {dag}", "warning"),
    "held": ("their backfill is paused", "mlopsctl backfills resume {dag}", "warning"),
    "full": ("as many runs of it are running as may", "mlopsctl runs {dag}; max_active_runs is the DAG's", "warning"),
    "scheduler": ("nothing stands in their way", "mlopsctl doctor --only services", "error"),
}
TASKS = {
    "no-pool": ("there is no pool {what}", "mlopsctl airflow -- pools set '{what}' 16 ''", "error"),
    "paused": ("their DAG is paused", "mlopsctl airflow -- dags unpause {dag}", "warning"),
    "too-big": ("they want more slots than the pool {what} has", "mlopsctl airflow -- pools list", "error"),
    "pool": ("the pool {what} is full", "mlopsctl airflow -- pools list", "warning"),
    "dag": ("as many tasks of their run are running as may", "max_active_tasks is the DAG's: {dag}", "warning"),
    "slots": ("all {parallelism} workers are busy", "mlopsctl backfills list", "warning"),
    "scheduler": ("nothing stands in their way", "mlopsctl doctor --only services", "error"),
}
STARVED = {
    "crowd": (
        "more runs are running than the scheduler looks at in a round",
        "fewer at a time: mlopsctl backfill {dag} … --max-active 4",
        "warning",
    ),
    "scheduler": ("nothing stands in their way", "mlopsctl doctor --only services", "error"),
}


def metadata(place: Place) -> AirflowMetadata:
    """Raises Skipped where there is none to ask."""
    found = place.platform.metadata
    if not place.platform.settings.external_metadata_db:
        place.need_secrets("postgres-airflow-password")
        place.need("postgres")
    return found


def waiting(place: Place) -> Sequence[WaitingGroup]:
    return place.once("queued-runs", lambda: metadata(place).queued_runs(LATE))


def queued(place: Place) -> Iterator[Finding]:
    for group in waiting(place):
        if group.reason in RUNS:
            yield _finding(group, "run", "queued", RUNS[group.reason])


def tasks(place: Place) -> Iterator[Finding]:
    parallelism = _parallelism(place)
    for group in metadata(place).scheduled_tasks(LATE, parallelism):
        yield _finding(group, "task", "waiting", TASKS[group.reason], parallelism)


def starved(place: Place) -> Iterator[Finding]:
    for group in metadata(place).starved_runs(LATE):
        yield _finding(group, "run", "without a task", STARVED[group.reason])


def _finding(group: WaitingGroup, kind: str, state: str, words: tuple[str, str, str], parallelism: int = 0) -> Finding:
    why, hint, verdict = words
    known = {"what": group.what, "dag": group.dag_id, "parallelism": parallelism}
    said = (
        f"{_number(group, kind)} of {group.dag_id} {_be(group)} {state} for {_duration(group)}: {why.format(**known)}."
    )
    return Finding(said, hint.format(**known), "error" if verdict == "error" else "warning")


def stranded(place: Place) -> Iterator[Finding]:
    for group in waiting(place):
        if group.reason == "cancelled":
            said = (
                f"{_number(group, 'run')} of {group.dag_id} {_be(group)} left queued for ever by a cancelled backfill."
            )
            yield Finding(said, about=group, key=group.dag_id)


def end(place: Place, finding: Finding) -> Iterator[str]:
    """As failed: from there a backfill runs them again."""
    place.need("api-server")
    group: WaitingGroup = finding.about
    for at in range(0, len(group.run_ids), AT_ONCE):
        place.platform.api.mark_runs_failed(group.dag_id, list(group.run_ids[at : at + AT_ONCE]), "")
        yield f"{min(at + AT_ONCE, group.number)} runs of {group.dag_id} ended as failed"


def zombies(place: Place) -> Iterator[Finding]:
    for group in metadata(place).silent_tasks(SILENT):
        said = f"task {group.what} of {group.dag_id} runs by its state, and has shown no life for {_duration(group)}."
        yield Finding(said, about=group, key=f"{group.dag_id} {group.what}")


def end_task(place: Place, finding: Finding) -> Iterator[str]:
    """As failed: what the scheduler does where it is well. A process that lives after all ends with it."""
    place.need("api-server")
    group: WaitingGroup = finding.about
    for run_id in group.run_ids:
        place.platform.api.mark_task_failed(group.dag_id, run_id, group.what)
        yield f"task {group.what} of {run_id} ended as failed"


def _parallelism(place: Place) -> int:
    parser = ConfigParser(interpolation=None)
    parser.read(place.home.airflow_cfg, encoding="utf-8")
    return parser.getint("core", "parallelism", fallback=PARALLELISM)


def _number(group: WaitingGroup, kind: str) -> str:
    return f"1 {kind}" if group.number == 1 else f"{group.number} {kind}s"


def _be(group: WaitingGroup) -> str:
    return "has been" if group.number == 1 else "have been"


def _duration(group: WaitingGroup) -> str:
    minutes = group.seconds // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"


CHECKS = (
    Check("queued-runs", "runs", "A queued run waits for something, and Airflow does not say for what.", queued),
    Check("waiting-tasks", "runs", "A task that could run waits for a slot.", tasks),
    Check("starved-runs", "runs", "A run in a crowd can stay without a task for hours.", starved),
    Check("stranded-runs", "runs", "The scheduler never starts them, and clearing them does not help.", stranded, end),
    Check("zombies", "runs", "A task whose process is dead holds its slot and its run.", zombies, end_task),
)
