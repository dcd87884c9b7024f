"""One call of `mlopsctl backfills watch`."""

from collections import Counter
from typing import Any

from mlopsctl.cli._common.app import App
from mlopsctl.cli.backfill.report import Reporter
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import NO_HINT, Hint
from mlopsctl.core.model import Backfill, PlannedRun
from mlopsctl.core.states import BackfillState, RunState
from mlopsctl.core.text import duration, plural
from mlopsctl.operations.backfill.engines import engine_for
from mlopsctl.operations.backfill.execution.progress import Progress
from mlopsctl.operations.backfill.existing.watch import BackfillWatch
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.backfill.planning.sources import run_reader
from mlopsctl.operations.backfill.rerun import rerun_command


class WatchSession(Reporter):
    noun, verbs = "run", ("pause", "cancel")

    def __init__(self, app: App, backfill: Backfill, timeout: float | None, clock: Clock = SYSTEM_CLOCK) -> None:
        """`timeout`: seconds."""
        self.app, self._id, self._timeout = app, backfill.id, timeout
        with app.out.busy(f"reading the runs of backfill {backfill.id}"):
            self.reader = run_reader(app.target)
            self._watch = BackfillWatch(app.target.metadata, app.api, backfill, self.reader, clock)

    @property
    def plan(self) -> BackfillPlan:  # type: ignore[override]  # it changes while runs come and go
        return self._watch.plan

    def run(self) -> int:
        """Returns the exit code."""
        runs = self.plan.runs
        states = Counter(run.state for run in runs).most_common()
        summary = ", ".join(f"{number} {state}" for state, number in states) or "none yet"
        self.app.out.say(f"backfill {self._id} of {self.plan.dag.dag_id}: {plural(len(runs), 'run')}: {summary}")
        return self.follow(self._watch.steps(self._timeout))

    @property
    def command(self) -> tuple[str, ...]:
        return ("backfills", "watch", str(self._id))

    def data(self, runs: tuple[PlannedRun, ...], last: Progress | None) -> dict[str, Any]:
        return super().data(runs, last) | {"backfill_id": self._id, "state": self._watch.backfill.state}

    def detached(self, last: Progress | None) -> str:
        return f"detached: backfill {self._id} continues."

    def cancelled(self, last: Progress) -> bool:
        return self._watch.backfill.state == BackfillState.CANCELLED

    def incomplete(self, last: Progress) -> MlopsctlError | None:
        if not last.runs:
            hint = Hint.of("backfills", "list", self.plan.dag.dag_id)
            return MlopsctlError(f"backfill {self._id} has no run of its own.", hint=hint, code="no-runs")
        left = [run.date for run in last.runs if run.state != RunState.SUCCESS]
        if not left:
            return None
        ended = "was cancelled" if self.cancelled(last) else "has ended"
        why = last.stopped.text if last.stopped else f"backfill {self._id} {ended}"
        words = f"{why}: {len(left)} of {plural(len(last.runs), 'run')} have not succeeded"
        days = tuple(sorted(set(left))) if engine_for(self.plan.engine).lists_dates else ()
        first = last.stopped.first if last.stopped else NO_HINT
        hint = first.followed_by(*rerun_command(self.plan, BackfillRequest(days=days)))
        return MlopsctlError(f"{words}  {duration(last.seconds)}", hint=hint, code="unfinished")
