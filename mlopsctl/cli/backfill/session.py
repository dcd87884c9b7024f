"""The course of one call of `mlopsctl backfill`, once its plan is made: shown, confirmed, carried out, told."""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from mlopsctl.cli._common.app import App
from mlopsctl.cli.backfill import day_list
from mlopsctl.cli.backfill import render as screen
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError, TimedOut, Unavailable, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import PlannedRun
from mlopsctl.core.states import ACTIVE_RUN_STATES, Selection
from mlopsctl.core.text import duration
from mlopsctl.operations.backfill import controller as operation
from mlopsctl.operations.backfill import failures
from mlopsctl.operations.backfill.pause_guard import Repause, mark_of
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.backfill.progress import Progress
from mlopsctl.operations.backfill.resolve import Reader
from mlopsctl.operations.backfill.sources import holes_left, table_of
from mlopsctl.operations.backfill.submission_state import CANCELLED

MANY = 100  # more runs than this are asked about


def again(plan: BackfillPlan, request: BackfillRequest | None = None) -> tuple[str, ...]:
    """The words of the command that does what is left. `request`: another than the plan's."""
    request = request or plan.request
    # Days, not the words that were said: `-7d` is another day tomorrow. No --all: what is done would run once more.
    words = ["backfill", plan.dag.dag_id]
    if request.days:
        words += ["--dates", day_list.written(request.days)]
    else:
        words += ["--from", str(plan.start), "--to", str(plan.end)]
    words += ["--only", str(request.only)] if request.only != "unfinished" else []
    words += ["--table", request.table] if request.table else []
    words += ["--column", request.column] if request.column else []
    words += ["--max-active", str(request.max_active)] if request.max_active else []
    words += ["--chunk", f"{request.chunk}d"] if request.chunk else []
    words += ["--max-failures", str(request.max_failures)] if request.max_failures else []
    words += ["--conf", json.dumps(request.conf, ensure_ascii=False)] if request.conf is not None else []
    flags = {"--reverse": request.reverse, "--unpause": request.unpause, "--repause": request.repause}
    return (*words, *(flag for flag, said in flags.items() if said))


def show_causes(app: App, plan: BackfillPlan, runs: Sequence[PlannedRun]) -> None:
    """What the failed dates have in common, and the ends of logs; where nobody can tell, the verdict still follows."""
    if app.out.json:
        return
    try:
        with app.out.busy("reading what failed"):
            causes = failures.read(app.api, plan, runs)
    except MlopsctlError as e:
        app.out.warn(f"why they failed cannot be told: {e.message}")
        return
    screen.show_causes(app.out, causes)


@dataclass(frozen=True)
class Course:
    """`timeout`: seconds. `reader`: of many runs; None: the API."""

    app: App
    plan: BackfillPlan
    detach: bool = False
    timeout: float | None = None
    reader: Reader | None = None

    @property
    def _again(self) -> Hint:
        return Hint(again(self.plan))

    @property
    def _repause(self) -> Repause:
        return Repause(self.plan, self.app.api, mark_of(self.app.home, self.plan.dag.dag_id))

    def take(self, dry_run: bool, yes: bool) -> int:
        """The exit code."""
        app, plan = self.app, self.plan
        if self.detach and plan.request.max_active and plan.engine == "runs":
            raise UsageError(
                f"--max-active needs mlopsctl to stay: Airflow itself does not limit runs of {plan.dag.dag_id}.",
                hint="leave out --detach, or --max-active",
            )
        if not plan.runs:
            for warning in plan.warnings():
                app.out.warn(warning)
            app.out.say(f"{plan.dag.dag_id}: no day from {plan.start} to {plan.end} is without its rows; nothing to do")
            app.out.envelope(app.command, "planned" if dry_run else "ok", screen.data(plan, ()))
            return 0
        screen.show_plan(app.out, plan)
        if dry_run:
            return self._planned()
        if not plan.waits:
            app.out.say("nothing to do")
            if self._repause.due and not plan.dag.paused:
                self._repause.pause()
                app.out.say(f"{plan.dag.dag_id} is paused again")
            return self._end(plan.runs, None, 0.0)
        if plan.obstacle:
            raise plan.obstacle
        self._confirm(yes)
        return self._run()

    def _planned(self) -> int:
        app, plan = self.app, self.plan
        screen.show_planned(app.out, plan)
        if plan.obstacle:
            app.out.warn(f"as it is, this would be refused: {plan.obstacle.message}")
            app.out.say(f"hint: {plan.obstacle.hint.text(app.program)}")
        app.out.envelope(app.command, "planned", screen.data(plan, plan.runs), [plan.obstacle] if plan.obstacle else [])
        return 0

    def _confirm(self, yes: bool) -> None:
        plan = self.plan
        redone = sum(run.state == "success" for run in plan.of("again"))
        if redone and plan.request.everything:  # of a hole there is nothing to lose
            self.app.confirm(f"{screen.count(redone, 'successful run')} will run again. Go on?", yes)
        elif plan.work > MANY:
            self.app.confirm(f"{plan.work} runs will be made. Go on?", yes)

    def _run(self) -> int:
        last: Progress | None = None
        try:
            for step in screen.follow(self.app.out, self.plan, self._steps()):
                last = step
        except KeyboardInterrupt:
            return self._interrupted(last)
        except MlopsctlError as e:
            if not last:
                raise  # nothing has begun
            e.hint = self._remedy(e)
            self.app.out.fail(e)
            return self._left(self._now(last), e, e.exit_code)
        assert last  # noqa: S101  # run() ends with a snapshot
        if self.detach and not last.unmade:
            return self._detached(last)
        return self._end(last.runs, last.backfill_id, last.seconds, last)

    def _steps(self) -> Iterator[Progress]:
        steps = operation.run(
            self.plan, self.app.api, timeout=self.timeout, detach=self.detach, reader=self.reader,
            mark=self._repause.mark,
        )  # fmt: skip
        for step in steps:
            yield replace(step, message=self.app.paste(step.message)) if step.message else step

    def _remedy(self, error: MlopsctlError) -> Hint:
        """What to say, and where Airflow was away, this command once more after it."""
        if isinstance(error, TimedOut) or not error.hint:
            return self._again
        return error.hint.followed_by(*self._again.command) if isinstance(error, Unavailable) else error.hint

    def _now(self, last: Progress) -> Progress:
        """With what became of each date so far; where Airflow does not tell, what was seen last has to do."""
        if last.runs:
            return last
        with suppress(MlopsctlError):
            return replace(last, runs=operation.final(self.plan, self.reader or self.app.api.runs))
        return last

    def _end(
        self, runs: Sequence[PlannedRun], backfill_id: int | str | None, seconds: float, last: Progress | None = None
    ) -> int:
        app, data = self.app, screen.data(self.plan, runs, backfill_id=backfill_id, seconds=seconds)
        total = data["counts"]["total"]
        if self.plan.waits or data["counts"]["success"] != total:
            screen.show_table(app.out, runs, last.unmade if last else ())
        empty = self._still_empty(last) if data["counts"]["success"] == total else None
        if data["counts"]["success"] == total and not empty:
            app.out.say(f"{f'all {total} dates are' if total > 1 else 'the date is'} a success  {duration(seconds)}")
            app.out.envelope(app.command, "ok", data)
            return 0
        screen.show_dates(app.out, runs, last.unmade if last else ())
        self._show_failures(runs, last)
        error = empty or self._unfinished(runs, seconds, last)
        app.out.fail(error)
        app.out.envelope(app.command, "partial" if data["counts"]["success"] else "error", data, [error])
        return error.exit_code

    def _still_empty(self, last: Progress | None) -> MlopsctlError | None:
        """A run may succeed and write nothing: of holes, the rows are what counts."""
        if self.plan.request.only != "holes" or last is None:
            return None
        try:
            with self.app.out.busy("counting the rows"):
                left = holes_left(self.app.platform, self.plan)
        except MlopsctlError as e:
            words = f"all runs are a success, and whether their rows are there cannot be told: {e.message}"
            return MlopsctlError(words, hint=self._again, code="unverified")
        table, column = table_of(self.app.platform, self.plan.dag.dag_id, self.plan.request)
        days = screen.count(len(left), "day")
        words = f"all runs are a success, and {days} without a row in {table} remain: {dates.format_days(left)}."
        if not left:
            return None
        by_column = ("--column", column) if column else ()
        hint = Hint.of("coverage", table, "--from", left[0], "--to", left[-1], *by_column)
        return MlopsctlError(words, hint=hint, code="still-holes")

    def _unfinished(self, runs: Sequence[PlannedRun], seconds: float, last: Progress | None = None) -> MlopsctlError:
        """Of the dates that are no success, `--only` may leave some alone however often it is said."""
        if last and last.unmade:
            words = f"{last.stopped}: {len(last.unmade)} date{'s were' if len(last.unmade) > 1 else ' was'} not run"
            return MlopsctlError(f"{words}  {duration(seconds)}", hint=self._again, code="stopped")
        request, states = self.plan.request, [run.state for run in runs if run.state != "success"]
        spared = sum(state not in ACTIVE_RUN_STATES and request.action(state) == "kept" for state in states)
        words = f"{last.stopped}: " if last and last.stopped else ""
        words += f"{len(states)} of {len(runs)} dates are no success"
        if last and (lost := [run.date for run in runs if operation.is_lost(run)]):
            words += f"; {operation.ROUNDS} times a run was made for {dates.format_days(lost)}, and Airflow has none"
        if spared:
            words += f"; --only {request.only} leaves {'them' if spared == len(states) else f'{spared} of them'} alone"
        rest = replace(request, only=Selection.UNFINISHED) if spared == len(states) else request
        if request.days:  # those that are done need not be named again
            rest = replace(rest, days=tuple(sorted({run.date for run in runs if run.state != "success"})))
        hint = Hint(again(self.plan, rest))
        return MlopsctlError(f"{words}  {duration(seconds)}", hint=hint, code="unfinished")

    def _show_failures(self, runs: Sequence[PlannedRun], last: Progress | None) -> None:
        if last and last.stopped == CANCELLED:
            return  # nobody asks why
        spared = {run.logical_date for run in last.unmade} if last else set()
        show_causes(self.app, self.plan, [run for run in runs if run.logical_date not in spared])

    def _detached(self, last: Progress) -> int:
        self.app.out.say("the runs are made and go on by themselves.")
        self._say_how(last)
        data = screen.data(self.plan, last.runs, backfill_id=last.backfill_id, seconds=last.seconds)
        self.app.out.envelope(self.app.command, "ok", data)
        return 0

    def _interrupted(self, last: Progress | None) -> int:
        left = last.counts.waiting if last else self.plan.work
        words = f"detached: the runs that were made go on in Airflow{f'; {left} are not made yet' if left else ''}."
        why = MlopsctlError(words, hint=self._again, code="interrupted")
        self.app.out.detached(why)
        self._say_how(last)
        return self._left(self._now(last) if last else None, why, 130)

    def _say_how(self, last: Progress | None) -> None:
        """How to stay in charge of what goes on."""
        if last and last.backfill_id is not None:
            for verb in ("watch", "pause", "cancel"):
                self.app.out.say(f"to {verb + ' it:':<10} {self.app.call('backfills', verb, last.backfill_id)}")

    def _left(self, last: Progress | None, why: MlopsctlError, code: int) -> int:
        """Left before the end: what was seen last."""
        if self._repause.due:
            pause = self.app.call("airflow", "--", "dags", "pause", self.plan.dag.dag_id)
            self.app.out.warn(
                f"{self.plan.dag.dag_id} is not paused again: the same command does it at its end; or now: {pause}"
            )
        runs = last.runs if last and last.runs else self.plan.runs
        backfill_id, seconds = (last.backfill_id, last.seconds) if last else (None, 0.0)
        data = screen.data(self.plan, runs, backfill_id=backfill_id, seconds=seconds)
        if last and not last.runs:  # of the dates it is not known which, but how many
            counts = last.counts
            data["counts"] |= {state: getattr(counts, state) for state in ("success", "failed", "running", "queued")}
        self.app.out.envelope(self.app.command, "partial", data, [why])
        return code
