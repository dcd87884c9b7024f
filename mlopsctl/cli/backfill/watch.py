"""One call of `mlopsctl backfills watch`."""

from collections import Counter
from dataclasses import dataclass

from mlopsctl.cli._common.app import App
from mlopsctl.cli.backfill import report
from mlopsctl.cli.backfill.progress_view import follow
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock
from mlopsctl.core.errors import Detached, MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Backfill
from mlopsctl.core.states import BackfillState, RunState
from mlopsctl.core.text import duration, plural
from mlopsctl.operations.backfill.engines import engine_for
from mlopsctl.operations.backfill.outcome import rerun_command
from mlopsctl.operations.backfill.plan import BackfillRequest
from mlopsctl.operations.backfill.progress import Progress
from mlopsctl.operations.backfill.sources import run_reader
from mlopsctl.operations.backfill.watch import BackfillWatch


@dataclass(frozen=True)
class WatchSession:
    """`timeout`: seconds."""

    app: App
    backfill: Backfill
    timeout: float | None = None
    clock: Clock = SYSTEM_CLOCK

    def run(self) -> int:
        """Returns the exit code."""
        app, found = self.app, self.backfill
        with app.out.busy(f"reading the runs of backfill {found.id}"):
            reader = run_reader(app.platform)
            watch = BackfillWatch(app.platform.metadata, app.api, found, reader, self.clock)
        states = ", ".join(
            f"{number} {state}" for state, number in Counter(r.state for r in watch.plan.runs).most_common()
        )
        app.out.say(
            f"backfill {found.id} of {found.dag_id}: {plural(len(watch.plan.runs), 'run')}: {states or 'none yet'}"
        )
        followed = follow(app.out, found.dag_id, watch.steps(self.timeout))
        last, error = followed.last, followed.error
        if last and not error and not followed.interrupted:
            return self._finish(watch, last)
        again = ("backfills", "watch", str(found.id))
        if error:
            error.hint = report.hint_to_return(error, again)
        else:
            error = Detached(f"detached: backfill {found.id} continues.", hint=Hint(again))
        messages = report.control_messages(app, found.id, "pause", "cancel") if followed.interrupted else ()
        more = {"state": watch.backfill.state}
        return report.leave(app, watch.plan, last, error, watch.reader, messages=messages, more=more)

    def _finish(self, watch: BackfillWatch, last: Progress) -> int:
        number, cancelled = len(last.runs), watch.backfill.state == BackfillState.CANCELLED
        done = f"{f'all {number} runs' if number > 1 else 'the run'} succeeded  {duration(last.seconds)}"
        more = {"state": watch.backfill.state}
        error = _incomplete(watch, last)
        return report.finish(self.app, watch.plan, last, error, done, explain=not cancelled, more=more)


def _incomplete(watch: BackfillWatch, last: Progress) -> MlopsctlError | None:
    found, plan = watch.backfill, watch.plan
    if not last.runs:
        hint = Hint.of("backfills", "list", found.dag_id)
        return MlopsctlError(f"backfill {found.id} has no run of its own.", hint=hint, code="no-runs")
    left = tuple(sorted({run.date for run in last.runs if run.state != RunState.SUCCESS}))
    if not left:
        return None
    ended = "was cancelled" if found.state == BackfillState.CANCELLED else "has ended"
    number = sum(run.state != RunState.SUCCESS for run in last.runs)
    request = BackfillRequest(days=left) if engine_for(plan.engine).lists_dates else BackfillRequest()
    return MlopsctlError(
        f"backfill {found.id} {ended}: {number} of {plural(len(last.runs), 'run')} have not succeeded  "
        f"{duration(last.seconds)}",
        hint=Hint(rerun_command(plan, request)),
        code="unfinished",
    )
