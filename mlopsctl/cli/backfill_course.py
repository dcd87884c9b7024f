"""The course of one call of `mlopsctl backfill`, once its plan is made: shown, confirmed, carried out, told."""

import json
import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from mlopsctl.adapters.airflow_api import ACTIVE
from mlopsctl.cli import backfill_screen as screen
from mlopsctl.cli.app import App
from mlopsctl.cli.output import duration
from mlopsctl.errors import MlopsctlError, TimedOut, UsageError
from mlopsctl.model import PlannedRun
from mlopsctl.operations import backfill as operation
from mlopsctl.operations.backfill import Progress
from mlopsctl.operations.plan_backfill import BackfillPlan, Wish
from mlopsctl.operations.runs import failure

MANY = 100  # more runs than this are asked about


def again(plan: BackfillPlan, wish: Wish | None = None) -> str:
    """The words of the command that does what is left. `wish`: another than the plan's."""
    wish = wish or plan.wish
    # Days, not the words that were said: `-7d` is another day tomorrow. No --all: what is done would run once more.
    words = ["backfill", plan.dag.dag_id, "--from", str(plan.start), "--to", str(plan.end)]
    words += ["--only", wish.only] if wish.only != "unfinished" else []
    words += ["--max-active", str(wish.max_active)] if wish.max_active else []
    words += ["--conf", json.dumps(wish.conf, ensure_ascii=False)] if wish.conf is not None else []
    flags = {"--reverse": wish.reverse, "--unpause": wish.unpause, "--repause": wish.repause}
    return shlex.join([*words, *(flag for flag, said in flags.items() if said)])


@dataclass(frozen=True)
class Course:
    """`timeout`: seconds."""

    app: App
    plan: BackfillPlan
    detach: bool = False
    timeout: float | None = None

    @property
    def _again(self) -> str:
        return self.app.call(again(self.plan))

    def take(self, dry_run: bool, yes: bool) -> int:
        """The exit code."""
        app, plan = self.app, self.plan
        if self.detach and plan.wish.max_active and plan.engine == "runs":
            raise UsageError(
                f"--max-active needs mlopsctl to stay: Airflow itself does not limit runs of {plan.dag.dag_id}."
            )
        screen.show_plan(app.out, plan)
        if plan.obstacle:
            plan.obstacle.hint = app.paste(plan.obstacle.hint)
        if dry_run:
            return self._planned()
        if not plan.waits:
            app.out.say("nothing to do")
            return self._end(plan.runs, None, 0.0)
        if plan.obstacle:
            raise plan.obstacle
        self._confirm(yes)
        return self._run()

    def _planned(self) -> int:
        app, plan = self.app, self.plan
        screen.show_table(app.out, plan.runs)
        if plan.obstacle:
            app.out.warn(f"as it is, this would be refused: {plan.obstacle.message}")
            app.out.say(f"hint: {plan.obstacle.hint}")
        app.out.envelope(app.command, "planned", screen.data(plan, plan.runs), [plan.obstacle] if plan.obstacle else [])
        return 0

    def _confirm(self, yes: bool) -> None:
        plan = self.plan
        redone = sum(run.state == "success" for run in plan.of("again"))
        if redone:
            self.app.confirm(f"{redone} successful runs will run again. Go on?", yes)
        elif plan.work > MANY:
            self.app.confirm(f"{plan.work} runs will be made. Go on?", yes)

    def _run(self) -> int:
        last: Progress | None = None
        steps = operation.run(self.plan, self.app.api, timeout=self.timeout, detach=self.detach)
        try:
            for step in screen.follow(self.app.out, self.plan, steps):
                last = step
        except TimedOut as e:
            error = TimedOut(e.message, hint=self._again)
            self.app.out.fail(error)
            return self._left(last, error, e.exit_code)
        except KeyboardInterrupt:
            return self._interrupted(last)
        assert last  # noqa: S101  # run() ends with a snapshot
        if self.detach:
            return self._detached(last)
        return self._end(last.runs, last.backfill_id, last.seconds)

    def _end(self, runs: Sequence[PlannedRun], backfill_id: int | str | None, seconds: float) -> int:
        app, data = self.app, screen.data(self.plan, runs, backfill_id=backfill_id, seconds=seconds)
        total = data["counts"]["total"]
        if self.plan.waits or data["counts"]["success"] != total:
            screen.show_table(app.out, runs)
        if data["counts"]["success"] == total:
            app.out.say(f"all {total} dates are a success  {duration(seconds)}")
            app.out.envelope(app.command, "ok", data)
            return 0
        screen.show_dates(app.out, runs)
        self._show_failure(runs)
        error = self._unfinished(runs, seconds)
        app.out.fail(error)
        app.out.envelope(app.command, "partial" if data["counts"]["success"] else "error", data, [error])
        return error.exit_code

    def _unfinished(self, runs: Sequence[PlannedRun], seconds: float) -> MlopsctlError:
        """Of the dates that are no success, `--only` may leave some alone however often it is said."""
        wish, states = self.plan.wish, [run.state for run in runs if run.state != "success"]
        spared = sum(state not in ACTIVE and wish.action(state) == "kept" for state in states)
        words = f"{len(states)} of {len(runs)} dates are no success"
        if spared:
            words += f"; --only {wish.only} leaves {'them' if spared == len(states) else f'{spared} of them'} alone"
        rest = replace(wish, only="unfinished") if spared == len(states) else wish
        hint = self.app.call(again(self.plan, rest))
        return MlopsctlError(f"{words}  {duration(seconds)}", hint=hint, code="unfinished")

    def _show_failure(self, runs: Sequence[PlannedRun]) -> None:
        """The end of the log of the first run that failed."""
        first = next((run for run in runs if run.state == "failed"), None)
        if first is None or self.app.out.json:
            return
        why = failure(self.app.api, self.plan.dag.dag_id, first.run_id)
        if why.task_id:
            self.app.out.log_end(f"{why.task_id}, {first.date}", why.log)
        else:
            self.app.out.say(f"the run of {first.date} failed without a failed task: {first.run_id}")

    def _detached(self, last: Progress) -> int:
        self.app.out.say(f"the runs are made and go on by themselves. To wait for them: {self._again}")
        data = screen.data(self.plan, last.runs, backfill_id=last.backfill_id, seconds=last.seconds)
        self.app.out.envelope(self.app.command, "ok", data)
        return 0

    def _interrupted(self, last: Progress | None) -> int:
        runs = self.plan.runs
        with suppress(MlopsctlError):  # no answer: what was seen last has to do
            runs = operation.final(self.plan, self.app.api)
        left = sum(run.action == "new" and not run.state for run in runs)
        words = f"detached: the runs that were made go on in Airflow{f'; {left} are not made yet' if left else ''}."
        why = MlopsctlError(words, hint=self._again, code="interrupted")
        self.app.out.detached(why)
        return self._left(replace(last, runs=runs) if last else None, why, 130)

    def _left(self, last: Progress | None, why: MlopsctlError, code: int) -> int:
        """Left before the end: what was seen last."""
        if self.plan.wish.repause and self.plan.dag.paused:
            self.app.out.warn(f"{self.plan.dag.dag_id} was not paused again: its runs need it.")
        runs = last.runs if last and last.runs else self.plan.runs
        backfill_id, seconds = (last.backfill_id, last.seconds) if last else (None, 0.0)
        data = screen.data(self.plan, runs, backfill_id=backfill_id, seconds=seconds)
        self.app.out.envelope(self.app.command, "partial", data, [why])
        return code
