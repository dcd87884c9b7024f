"""The course of one call of `mlopsctl backfills watch`, on the screen of `mlopsctl backfill`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from mlopsctl.cli._common.app import App
from mlopsctl.cli.backfill import render as screen
from mlopsctl.cli.backfill.session import again, show_causes
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Backfill, PlannedRun
from mlopsctl.core.text import duration
from mlopsctl.operations.backfill.controller import final
from mlopsctl.operations.backfill.plan import BackfillRequest
from mlopsctl.operations.backfill.progress import Progress
from mlopsctl.operations.backfill.sources import reader
from mlopsctl.operations.backfill.watch import Watching


@dataclass
class Course:
    """`timeout`: seconds."""

    app: App
    backfill: Backfill
    timeout: float | None = None

    def take(self) -> int:
        """The exit code."""
        app = self.app
        with app.out.busy(f"reading the runs of backfill {self.backfill.id}"):
            self.watching = Watching(app.platform.metadata, app.api, self.backfill, reader(app.platform))
        app.out.say(f"backfill {self.backfill.id} of {self.backfill.dag_id}: {self._summary()}")
        last: Progress | None = None
        try:
            for step in screen.follow(app.out, self.watching.plan, self._steps()):
                last = step
        except MlopsctlError as e:
            e.hint = self._way_back(e)
            app.out.fail(e)
            return self._left(e, e.exit_code)
        except KeyboardInterrupt:
            return self._interrupted()
        assert last  # noqa: S101  # it ends with a snapshot
        return self._end(last)

    def _summary(self) -> str:
        """`31 runs: 5 success, 16 running, 10 queued`."""
        runs = self.watching.plan.runs
        words = ", ".join(f"{number} {state}" for state, number in Counter(run.state for run in runs).most_common())
        return f"{screen.count(len(runs), 'run')}: {words or 'none yet'}"

    def _steps(self) -> Iterator[Progress]:
        for step in self.watching.steps(self.timeout):
            yield replace(step, message=self.app.paste(step.message))

    def _end(self, last: Progress) -> int:
        app, runs = self.app, self.watching.plan.runs
        screen.show_table(app.out, runs)
        undone = sum(run.state != "success" for run in runs)
        if runs and not undone:
            words = f"all {len(runs)} runs are" if len(runs) > 1 else "the run is"
            app.out.say(f"{words} a success  {duration(last.seconds)}")
            self._envelope("ok", None)
            return 0
        screen.show_dates(app.out, runs)
        self._show_failures()
        error = self._unfinished(undone, last.seconds)
        app.out.fail(error)
        self._envelope("partial" if undone < len(runs) else "error", error)
        return error.exit_code

    def _unfinished(self, undone: int, seconds: float) -> MlopsctlError:
        found, plan = self.watching.backfill, self.watching.plan
        if not plan.runs:
            hint = Hint.of("backfills", "list", found.dag_id)
            return MlopsctlError(f"backfill {found.id} has no run of its own.", hint=hint, code="no-runs")
        word = "was cancelled: " if found.state == "cancelled" else "has ended: "
        words = f"backfill {found.id} {word}{undone} of {len(plan.runs)} runs are no success  {duration(seconds)}"
        return MlopsctlError(words, hint=self._again(), code="unfinished")

    def _again(self) -> Hint:
        """Of engine `runs` the dates, which may have gaps; of Airflow's the range."""
        plan = self.watching.plan
        undone = tuple(sorted({run.date for run in plan.runs if run.state != "success"}))
        request = BackfillRequest(days=undone) if plan.engine == "runs" else BackfillRequest()
        return Hint(again(plan, request))

    def _show_failures(self) -> None:
        """What the failed runs have in common, and the ends of logs; of a cancelled one, nobody asks why."""
        plan = self.watching.plan
        if self.watching.backfill.state != "cancelled":
            show_causes(self.app, plan, plan.runs)

    def _interrupted(self) -> int:
        id_ = self.backfill.id
        pause, cancel = (self.app.call("backfills", verb, id_) for verb in ("pause", "cancel"))
        words = f"detached: backfill {id_} goes on; {pause} holds it, {cancel} ends it."
        why = MlopsctlError(words, hint=Hint.of("backfills", "watch", id_), code="interrupted")
        self.app.out.detached(why)
        return self._left(why, 130)

    def _way_back(self, e: MlopsctlError) -> Hint:
        """What is to be done first, and the command that watches again."""
        watch = ("backfills", "watch", str(self.backfill.id))
        return e.hint.followed_by(*watch) if isinstance(e, Unavailable) else e.hint or Hint(watch)

    def _left(self, why: MlopsctlError, code: int) -> int:
        """Left before the end: the runs as they are now; where nobody can tell, as they were read last."""
        runs = self.watching.plan.runs
        if self.app.out.json:
            with suppress(MlopsctlError):
                runs = final(self.watching.plan, self.watching.reader)
        self._envelope("partial", why, runs)
        return code

    def _envelope(self, status: str, error: MlopsctlError | None, runs: Sequence[PlannedRun] | None = None) -> None:
        watching = self.watching
        runs = watching.plan.runs if runs is None else runs
        data = screen.data(watching.plan, runs, backfill_id=self.backfill.id, seconds=watching.seconds)
        data["state"] = watching.backfill.state
        self.app.out.envelope("backfills watch", status, data, [error] if error else [])
