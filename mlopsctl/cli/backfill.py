"""mlopsctl backfill."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli.app import App
from mlopsctl.cli.options import (
    conf_option,
    dry_run_option,
    json_option,
    option,
    pass_app,
    timeout_option,
    unpause_option,
    yes_option,
)
from mlopsctl.errors import MlopsctlError, TimedOut, UsageError

if TYPE_CHECKING:
    from mlopsctl.model import PlannedRun
    from mlopsctl.operations.backfill import Progress
    from mlopsctl.operations.plan_backfill import BackfillPlan

MANY = 100  # more runs than this are asked about


@click.command()
@click.argument("dag_id", metavar="DAG")
@option("--from", "start", required=True, metavar="D", envvar="MLOPSCTL_BACKFILL_FROM", help="The first day.")
@option("--to", "end", required=True, metavar="D", envvar="MLOPSCTL_BACKFILL_TO", help="The last day, inclusive.")
@option(
    "--only",
    type=click.Choice(["unfinished", "missing", "failed"]),
    help="Dates without a success [default], that never ran, or that failed.",
)
@option("--all", "everything", is_flag=True, envvar="MLOPSCTL_BACKFILL_ALL", help="Run successes again too.")
@option("--reverse", is_flag=True, help="The last day first.")
@option("--max-active", type=click.IntRange(min=1), metavar="N", help="Runs at a time [default: the DAG's].")
@conf_option
@timeout_option
@unpause_option
@option("--repause", is_flag=True, help="Pause the DAG again at the end, if it was.")
@option("--detach", is_flag=True, help="Make the runs and leave.")
@dry_run_option
@yes_option
@json_option
@pass_app
def backfill(  # the options of the contract
    app: App,
    dag_id: str,
    start: str,
    end: str,
    only: Any,
    everything: bool,
    reverse: bool,
    max_active: int | None,
    conf: Mapping[str, Any] | None,
    timeout: float | None,
    unpause: bool,
    repause: bool,
    detach: bool,
    dry_run: bool,
    yes: bool,
) -> int:
    """Make every date of a range a success.

    Every date without a successful run is run; said again, the same command does what is left. A DAG without a schedule
    gets one run per day. D is 2024-01-31, 2024-01 (the whole month), today, yesterday, -7d, -2w or -3m, in the DAG's
    time zone.
    """
    from mlopsctl import dates
    from mlopsctl.operations import plan_backfill

    if everything and only:
        raise UsageError("--all and --only contradict each other.")
    if detach and repause:
        raise UsageError("--repause needs mlopsctl to stay until the last run has ended.", hint="leave out --detach")
    # Words that are no range are told before anything is asked of Airflow; the DAG's own today comes later.
    dates.parse_range(start, end, today=dates.today_in(app.settings.timezone), future=True)
    wish = plan_backfill.Wish(only or "unfinished", everything, reverse, max_active, conf, unpause, repause)
    dag = app.api.dag(dag_id)
    with _alone(app, dag_id, dry_run):
        plan = plan_backfill.plan(app.api, dag, start, end, wish)
        if detach and max_active and plan.engine == "runs":
            raise UsageError(f"--max-active needs mlopsctl to stay: Airflow itself does not limit runs of {dag_id}.")
        return _Command(app, plan, f"backfill {dag_id} --from {start} --to {end}").carry_out(
            dry_run, yes, detach, timeout
        )


@contextmanager
def _alone(app: App, dag_id: str, dry_run: bool) -> Iterator[None]:
    """One mlopsctl at a time on a DAG. Raises MlopsctlError with the other's process, and Airflow's number."""
    from mlopsctl.adapters.files import locked

    if dry_run:
        yield
        return
    name = re.sub(r"[^\w.-]", "_", dag_id)
    lock = locked(app.home.run / f"backfill-{name}.lock", f"backfill {dag_id}")
    try:
        lock.__enter__()
    except MlopsctlError as e:
        standing = app.api.active_backfill(dag_id)
        which = f"backfill {standing.id}" if standing else "a backfill"
        hint = "wait until it has ended, or stop it with Ctrl-C"
        raise MlopsctlError(
            f"{which} is already active on {dag_id}: {e.message}", hint=hint, code="backfill-active"
        ) from e
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


class _Command:
    """One call, once its plan is made. `words`: the command that does what is left."""

    def __init__(self, app: App, plan: "BackfillPlan", words: str) -> None:
        self.app, self.plan, self.words = app, plan, app.call(words)

    def carry_out(self, dry_run: bool, yes: bool, detach: bool, timeout: float | None) -> int:
        from mlopsctl.cli import backfill_screen as screen

        app, plan = self.app, self.plan
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
        return self._run(detach, timeout)

    def _planned(self) -> int:
        from mlopsctl.cli import backfill_screen as screen

        app, plan = self.app, self.plan
        screen.show_table(app.out, plan, plan.runs)
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

    def _run(self, detach: bool, timeout: float | None) -> int:
        from mlopsctl.cli import backfill_screen as screen
        from mlopsctl.operations import backfill as operation

        last: Progress | None = None
        try:
            for step in screen.follow(
                self.app.out, self.plan, operation.run(self.plan, self.app.api, timeout=timeout, detach=detach)
            ):
                last = step
        except TimedOut as e:
            return self._stopped(last, TimedOut(e.message, hint=self.words), e.exit_code)
        except KeyboardInterrupt:
            return self._interrupted(last)
        assert last  # noqa: S101  # run() ends with a snapshot
        if detach:
            return self._detached(last)
        return self._end(last.runs, last.backfill_id, last.seconds)

    def _end(self, runs: "tuple[PlannedRun, ...]", backfill_id: int | str | None, seconds: float) -> int:
        from mlopsctl.cli import backfill_screen as screen
        from mlopsctl.cli.output import duration

        app, data = self.app, screen.data(self.plan, runs, backfill_id=backfill_id, seconds=seconds)
        counts = data["counts"]
        if counts["success"] == counts["total"]:
            if self.plan.waits:
                screen.show_table(app.out, self.plan, runs)
            app.out.say(f"all {counts['total']} dates are a success  {duration(seconds)}")
            app.out.envelope(app.command, "ok", data)
            return 0
        screen.show_table(app.out, self.plan, runs)
        screen.show_dates(app.out, runs)
        self._show_failure(runs)
        bad = counts["total"] - counts["success"]
        error = MlopsctlError(
            f"{bad} of {counts['total']} dates are no success  {duration(seconds)}", hint=self.words, code="unfinished"
        )
        app.out.fail(error)
        app.out.envelope(app.command, "partial" if counts["success"] else "error", data, [error])
        return error.exit_code

    def _show_failure(self, runs: "tuple[PlannedRun, ...]") -> None:
        """The end of the log of the first run that failed."""
        from mlopsctl.operations.runs import failure

        first = next((run for run in runs if run.state == "failed"), None)
        if first is None or self.app.out.json:
            return
        why = failure(self.app.api, self.plan.dag.dag_id, first.run_id)
        if not why.task_id:
            self.app.out.say(f"the run of {first.date} failed without a failed task: {first.run_id}")
            return
        self.app.out.say(f"the end of the log of task {why.task_id}, {first.date}:")
        self.app.out.say("\n".join(f"  {line}" for line in why.log.splitlines()))

    def _detached(self, last: "Progress") -> int:
        from mlopsctl.cli import backfill_screen as screen

        self.app.out.say(f"the runs are made and go on by themselves. To wait for them: {self.words}")
        data = screen.data(self.plan, last.runs, backfill_id=last.backfill_id, seconds=last.seconds)
        self.app.out.envelope(self.app.command, "ok", data)
        return 0

    def _interrupted(self, last: "Progress | None") -> int:
        from dataclasses import replace

        from mlopsctl.operations.backfill import final

        runs = self.plan.runs
        with suppress(MlopsctlError):  # no answer: what was seen last has to do
            runs = final(self.plan, self.app.api)
        left = sum(run.action == "new" and not run.state for run in runs)
        words = f"detached: the runs that were made go on in Airflow{f'; {left} are not made yet' if left else ''}."
        error = MlopsctlError(words, hint=self.words, code="interrupted")
        return self._stopped(replace(last, runs=runs) if last else None, error, 130)

    def _stopped(self, last: "Progress | None", error: MlopsctlError, code: int) -> int:
        """Left before the end: what was seen last, and how to go on."""
        from mlopsctl.cli import backfill_screen as screen

        if self.plan.wish.repause and self.plan.dag.paused:
            self.app.out.warn(f"{self.plan.dag.dag_id} was not paused again: its runs need it.")
        self.app.out.fail(error)
        runs = last.runs if last and last.runs else self.plan.runs
        backfill_id, seconds = (last.backfill_id, last.seconds) if last else (None, 0.0)
        data = screen.data(self.plan, runs, backfill_id=backfill_id, seconds=seconds)
        self.app.out.envelope(self.app.command, "partial", data, [error])
        return code
