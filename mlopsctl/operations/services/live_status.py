"""What `status --watch` shows: running and waiting runs and tasks, the last failures, and active backfills."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import ActiveTask, Backfill
from mlopsctl.core.states import RunState, TaskOrder, TaskState
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import status
from mlopsctl.operations.services.status import StatusReport

SHOWN = 5  # tasks of each kind
WAITING = (
    TaskState.SCHEDULED, TaskState.QUEUED, TaskState.DEFERRED, TaskState.UP_FOR_RETRY, TaskState.UP_FOR_RESCHEDULE,
)  # fmt: skip


@dataclass(frozen=True)
class LiveStatus:
    """`running`: the tasks that have run longest. `failed`: the most recent failures. `problem`: why everything but
    `report` could not be read; empty if it could."""

    report: StatusReport
    runs: dict[str, int] = field(default_factory=dict)
    running: list[ActiveTask] = field(default_factory=list)
    tasks: dict[str, int] = field(default_factory=dict)
    failed: list[ActiveTask] = field(default_factory=list)
    backfills: list[Backfill] = field(default_factory=list)
    problem: str = ""


def read(platform: Platform) -> LiveStatus:
    report = status.read(platform)
    if not report.components:
        return LiveStatus(report)
    try:
        return _read_activity(platform, report)
    except MlopsctlError as e:
        return LiveStatus(report, problem=e.message)


def _read_activity(platform: Platform, report: StatusReport) -> LiveStatus:
    api = platform.api
    with ThreadPoolExecutor(4) as pool:
        counts = {state: pool.submit(api.count_runs_in_state, state) for state in (RunState.RUNNING, RunState.QUEUED)}
        running = pool.submit(api.active_tasks, (TaskState.RUNNING,), SHOWN, TaskOrder.LONGEST_RUNNING)
        waiting = pool.submit(api.active_tasks, WAITING, 1, TaskOrder.ID)
        failed = pool.submit(api.active_tasks, (TaskState.FAILED,), SHOWN, TaskOrder.LAST_ENDED)
        backfills = platform.metadata.backfills(ended=0)
        longest, number = running.result()
        return LiveStatus(
            report,
            {state: count.result() for state, count in counts.items()},
            longest,
            {"running": number, "waiting": waiting.result()[1]},
            failed.result()[0],
            backfills,
        )
