"""What goes on just now: runs and tasks that move, those that failed last, the backfills and how far they are."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import ActiveTask, Backfill
from mlopsctl.core.states import RunState, TaskOrder
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import status

SHOWN = 5  # of each kind
WAITING = ("scheduled", "queued", "deferred", "up_for_retry", "up_for_reschedule")


@dataclass(frozen=True)
class Activity:
    """A moment. `running`: the tasks that have run longest; `failed`: those that failed last. `trouble`: why the rest
    could not be asked; empty where it could."""

    report: status.Report
    runs: dict[str, int]
    running: list[ActiveTask]
    tasks: dict[str, int]
    failed: list[ActiveTask]
    backfills: list[Backfill]
    trouble: str = ""


def read(platform: Platform) -> Activity:
    """A moment of a home, whatever of it answers."""
    report = status.read(platform)
    if not report.components:
        return Activity(report, {}, [], {}, [], [])
    try:
        return _read(platform, report)
    except MlopsctlError as e:
        return Activity(report, {}, [], {}, [], [], e.message)


def _read(platform: Platform, report: status.Report) -> Activity:
    api = platform.api
    with ThreadPoolExecutor(4) as pool:
        counts = {state: pool.submit(api.count_runs_in_state, state) for state in (RunState.RUNNING, RunState.QUEUED)}
        running = pool.submit(api.active_tasks, ("running",), SHOWN, TaskOrder.LONGEST_RUNNING)
        waiting = pool.submit(api.active_tasks, WAITING, 1, TaskOrder.ID)
        failed = pool.submit(api.active_tasks, ("failed",), SHOWN, TaskOrder.LAST_ENDED)
        backfills = platform.metadata.backfills(ended=0)
        longest, number = running.result()
        return Activity(
            report,
            {state: count.result() for state, count in counts.items()},
            longest,
            {"running": number, "waiting": waiting.result()[1]},
            failed.result()[0],
            backfills,
        )
