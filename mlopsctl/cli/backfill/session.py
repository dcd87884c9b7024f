"""One call of `mlopsctl backfill`: show the plan, ask, carry it out, report."""

from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from mlopsctl.cli._common.app import App
from mlopsctl.cli.backfill import render
from mlopsctl.cli.backfill.report import Reporter
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import PlannedRun
from mlopsctl.core.result import Message, Result
from mlopsctl.core.states import RunAction, RunState, Selection, Status, StopKind
from mlopsctl.core.text import plural
from mlopsctl.operations.backfill import downstream
from mlopsctl.operations.backfill.engines import engine_for
from mlopsctl.operations.backfill.execution import controller, outcome
from mlopsctl.operations.backfill.execution.pause_guard import PauseGuard, marker
from mlopsctl.operations.backfill.execution.progress import Progress
from mlopsctl.operations.backfill.execution.run_counts import RunCounts
from mlopsctl.operations.backfill.plan import BackfillPlan
from mlopsctl.operations.backfill.planning.resolve import RunReader
from mlopsctl.operations.backfill.rerun import rerun_command

CLOCKS = timedelta(minutes=5)  # by which that of a server elsewhere may differ
MANY = 100  # runs from which to ask for confirmation


@dataclass
class BackfillSession(Reporter):
    """`reader`: of many runs. `timeout`: seconds."""

    app: App
    plan: BackfillPlan
    reader: RunReader
    detach: bool = False
    timeout: float | None = None
    clock: Clock = SYSTEM_CLOCK
    executor: Executor | None = None
    noun, verbs = "date", ("watch", "pause", "cancel")

    def __post_init__(self) -> None:
        dag_id = self.plan.dag.dag_id
        self._since = datetime.now(UTC) - CLOCKS
        self.guard = PauseGuard(self.plan, self.app.api, marker(self.app.home, dag_id))
        self.engine = engine_for(self.plan.engine)(self.app.api)
        if self.detach and self.engine.throttles(self.plan):
            option, why = "--reverse", "Airflow itself starts the first dates first"
            if self.plan.request.max_active:
                option, why = "--max-active", f"Airflow itself does not limit runs of {dag_id}"
            raise UsageError(f"{option} needs mlopsctl to stay: {why}.", hint=f"leave out --detach, or {option}")

    def run(self, *, dry_run: bool, yes: bool) -> int:
        """Returns the exit code."""
        plan = self.plan
        for message in render.plan_messages(plan):
            self.app.out.message(message)
        if dry_run or not plan.runs:
            return self._planned(Status.PLANNED if dry_run else Status.OK)
        if not plan.has_pending:
            return self._nothing_to_do()
        if plan.obstacle:
            raise plan.obstacle
        self._confirm(yes)
        return self.follow(
            controller.run(
                plan, self.app.api, timeout=self.timeout, detach=self.detach, reader=self.reader, guard=self.guard,
                clock=self.clock, executor=self.executor,
            )
        )  # fmt: skip

    def _planned(self, status: Status) -> int:
        plan, why = self.plan, self.plan.obstacle
        errors = tuple(
            MlopsctlError(f"this would be refused: {error.message}", hint=error.hint, code=error.code)
            for error in ((why, *why.others) if why else ())
        )
        result = Result(self.data(plan.runs, None), status, errors=errors)
        return self.app.render(result, lambda out: render.show_planned(out, plan))

    def _nothing_to_do(self) -> int:
        self.app.out.say("nothing to do")
        if self.guard.repause_due and not self.plan.dag.paused:
            self.guard.repause()
            self.app.out.say(f"{self.plan.dag.dag_id} is paused again")
        return super().finish(Progress(RunCounts.of(self.plan.runs), 0.0, runs=self.plan.runs), table=False)

    def data(self, runs: tuple[PlannedRun, ...], last: Progress | None) -> dict[str, Any]:
        """`scheduled_runs`: how many other runs unpausing the DAG starts, at most; null: more than are counted.
        `rerun_conf`: null if no run that runs again meets a --conf. `downstream`: the DAGs that its runs start."""
        scheduled = self.plan.scheduled
        return super().data(runs, last) | {
            "scheduled_runs": 0 if scheduled is None else scheduled.number,
            "rerun_conf": self.plan.rerun_conf,
            "downstream": downstream.data(self.plan.downstream),
        }

    def remarks(self, last: Progress, data: dict[str, Any]) -> tuple[Message, ...]:
        """Updates of assets that have started no run, so far."""
        plan = self.plan
        try:
            found = downstream.count_unused(self.app.api, plan.dag.dag_id, plan.downstream, last.runs, self._since)
        except MlopsctlError as e:
            return (Message.warning(f"could not check what the updates of assets have started: {e.message}"),)
        data["downstream"] = downstream.data(found)
        return tuple(downstream.unused_messages(found, outcome.rerun_last(plan)))

    def _confirm(self, yes: bool) -> None:
        plan = self.plan
        if question := self.engine.question(plan):
            self.app.confirm(question, yes)
        if plan.scheduled and plan.scheduled.question:
            self.app.confirm(plan.scheduled.question, yes)
        redone = sum(run.state == RunState.SUCCESS for run in plan.runs_to(RunAction.AGAIN))
        if redone and plan.request.everything:
            self.app.confirm(f"{plural(redone, 'successful run')} will run again. Continue?", yes)
        elif len(plan.changed) > MANY:
            self.app.confirm(f"{plural(len(plan.changed), 'run')} will be started. Continue?", yes)

    @property
    def command(self) -> tuple[str, ...]:
        return rerun_command(self.plan)

    def detached(self, last: Progress | None) -> str:
        left = last.counts.waiting if last else len(self.plan.changed)
        missing = f"; {left} have not been created yet" if left else ""
        return f"detached: the runs that have been created continue in Airflow{missing}."

    def finish(self, last: Progress, *, table: bool = True) -> int:
        if not self.detach or last.not_run:
            return super().finish(last, table=table)
        created = Message("the runs have been created and continue in Airflow.")
        return self.app.render(Result(self.data(last.runs, last), messages=(created, *self.control(last.backfill_id))))

    def incomplete(self, last: Progress) -> MlopsctlError | None:
        error = outcome.incomplete(self.plan, last)
        if error or self.plan.request.only != Selection.HOLES or not self.plan.has_pending:
            return error
        with self.app.out.busy("counting the rows"):
            return outcome.still_empty(self.app.target, self.plan)

    def cancelled(self, last: Progress) -> bool:
        return last.stopped is not None and last.stopped.kind == StopKind.CANCELLED

    def leave(self, last: Progress | None, error: MlopsctlError, *messages: Message) -> int:
        if last is None and error.exit_code == 1:
            raise error  # nothing has started
        if self.guard.repause_due:
            dag_id = self.plan.dag.dag_id
            words = f"{dag_id} is not paused again yet: the same command does it at its end. To pause it now:"
            messages += (Message.warning(words, Hint.of("dags", "pause", dag_id)),)
        return super().leave(last, error, *messages)
