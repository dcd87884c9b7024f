"""Runs and tasks that have been waiting for too long, and what they are waiting for."""

from collections.abc import Callable, Iterator
from configparser import ConfigParser
from dataclasses import dataclass

from mlopsctl.core.hint import Hint
from mlopsctl.core.model import WaitingGroup
from mlopsctl.core.states import ACTIVE_RUN_STATES, Verdict, WaitReason
from mlopsctl.core.text import plural
from mlopsctl.operations import blocked_runs
from mlopsctl.operations.blocked_runs import BlockedRuns
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import DoctorContext

LATE = 120.0  # seconds; the scheduler needs one to start what may run
PARALLELISM = 32  # Airflow's default


@dataclass(frozen=True)
class Reason:
    """Why something waits. A warning if that is intended or will end without help. `text`: may name {what}, such as the
    pool."""

    text: str
    hint: Callable[[WaitingGroup], Hint]
    verdict: Verdict = Verdict.WARNING


_PAUSED = Reason("the DAG is paused", lambda group: Hint.of("dags", "unpause", group.dag_id))
_POOLS = Hint.of("airflow", "--", "pools", "list")
_SCHEDULER = Reason("nothing prevents the start", lambda _: Hint.of("doctor", "--only", "services"), Verdict.ERROR)
QUEUED_RUNS = {
    WaitReason.STALE: Reason(
        "the DAG file is missing or cannot be imported", lambda _: Hint.of("dags", "errors"), Verdict.ERROR
    ),
    WaitReason.PAUSED: _PAUSED,
    WaitReason.HELD: Reason("the backfill is paused", lambda group: Hint.of("backfills", "resume", group.dag_id)),
    WaitReason.FULL: Reason(
        "the maximum number of its runs is active",
        lambda group: Hint.of("runs", group.dag_id, note="the DAG sets the maximum as max_active_runs"),
    ),
    WaitReason.SCHEDULER: _SCHEDULER,
}
WAITING_TASKS = {
    WaitReason.NO_POOL: Reason(
        "the pool {what} does not exist",
        lambda group: Hint.of("airflow", "--", "pools", "set", group.what, 16, ""),
        Verdict.ERROR,
    ),
    WaitReason.PAUSED: _PAUSED,
    WaitReason.TOO_BIG: Reason("the pool {what} has fewer slots than needed", lambda _: _POOLS, Verdict.ERROR),
    WaitReason.POOL_FULL: Reason("the pool {what} is full", lambda _: _POOLS),
    WaitReason.DAG_FULL: Reason(
        "the maximum number of tasks of the run is active",
        lambda group: Hint(note=f"the DAG {group.dag_id} sets the maximum as max_active_tasks"),
    ),
    WaitReason.SLOTS_FULL: Reason("all workers are busy", lambda _: Hint.of("backfills", "list")),
    WaitReason.SCHEDULER: _SCHEDULER,
}
STARVED_RUNS = {
    WaitReason.CROWD: Reason(
        "more runs are active than the scheduler handles at a time",
        lambda group: Hint.of(
            "backfill", group.dag_id, "--from", "DATE", "--to", "DATE", "--max-active", 4, note="runs fewer at a time"
        ),
    ),
    WaitReason.SCHEDULER: _SCHEDULER,
}


def check_queued_runs(context: DoctorContext) -> Iterator[Finding]:
    for group in queued_runs(context):
        if group.reason in QUEUED_RUNS:  # CANCELLED is for the check `stranded-runs`
            yield _finding(group, "run", "queued", QUEUED_RUNS[group.reason])


def check_waiting_tasks(context: DoctorContext) -> Iterator[Finding]:
    for group in context.metadata.scheduled_tasks(LATE, parallelism(context)):
        yield _finding(group, "task", "waiting", WAITING_TASKS[group.reason])


def check_starved_runs(context: DoctorContext) -> Iterator[Finding]:
    starved = context.metadata.starved_runs(LATE)
    behind = [group.dag_id for group, _ in blocked(context)] if starved else ()
    for group in (group for group in starved if group.dag_id not in behind):
        yield _finding(group, "run", "without a task", STARVED_RUNS[group.reason])


def check_blocked_runs(context: DoctorContext) -> Iterator[Finding]:
    for group, found in blocked(context):
        yield Finding(f"{group.dag_id}, for {age(group)}: {found.text}.", found.hint, key=group.dag_id)


def blocked(context: DoctorContext) -> list[tuple[WaitingGroup, BlockedRuns]]:
    """By DAG, the runs that wait for a run that has failed."""
    return context.cached("blocked-runs", lambda: list(_find_blocked(context)))


def _find_blocked(context: DoctorContext) -> Iterator[tuple[WaitingGroup, BlockedRuns]]:
    for group in context.metadata.idle_runs(LATE):
        api = context.api
        runs = api.runs(group.dag_id, states=ACTIVE_RUN_STATES)
        found = blocked_runs.find(api, api.dag(group.dag_id), runs)
        if found and found.cause:
            yield group, found


def _finding(group: WaitingGroup, kind: str, state: str, reason: Reason) -> Finding:
    text = reason.text.format(what=group.what)
    message = f"{describe(group, kind)} {state} for {age(group)}: {text}."
    return Finding(message, reason.hint(group), reason.verdict)


def parallelism(context: DoctorContext) -> int:
    """How many tasks the scheduler starts at once."""
    if context.platform.airflow.follows_slots and context.home.slots.exists():
        return int(context.home.slots.read_text(encoding="utf-8"))
    parser = ConfigParser(interpolation=None)
    parser.read(context.home.airflow_cfg, encoding="utf-8")
    return parser.getint("core", "parallelism", fallback=PARALLELISM)


def queued_runs(context: DoctorContext) -> list[WaitingGroup]:
    """Runs that have been queued for longer than LATE, with the reason."""
    return context.cached("queued-runs", lambda: context.metadata.queued_runs(LATE))


def describe(group: WaitingGroup, kind: str) -> str:
    """`3 runs of loans have been`."""
    verb = "has been" if group.number == 1 else "have been"
    return f"{plural(group.number, kind)} of {group.dag_id} {verb}"


def age(group: WaitingGroup) -> str:
    """How long they have been in their state."""
    minutes = group.seconds // 60
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"


CHECKS = (
    Check("queued-runs", Group.RUNS, "Airflow does not say what a queued run is waiting for.", check_queued_runs),
    Check("waiting-tasks", Group.RUNS, "A task that is ready can only start in a free slot.", check_waiting_tasks),
    Check(
        "blocked-runs",
        Group.RUNS,
        "A run with depends_on_past behind a failed one waits forever, and Airflow shows it as running.",
        check_blocked_runs,
    ),
    Check(
        "starved-runs",
        Group.RUNS,
        "Among many active runs, one can wait hours for its first task.",
        check_starved_runs,
    ),
)
