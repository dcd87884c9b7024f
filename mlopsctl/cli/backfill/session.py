"""One call of `mlopsctl backfill`: show the plan, ask, carry it out, report."""

from concurrent.futures import Executor
from dataclasses import dataclass

from mlopsctl.cli._common.app import App
from mlopsctl.cli.backfill import render, report
from mlopsctl.cli.backfill.progress_view import follow
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock
from mlopsctl.core.errors import Detached, MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message, Result
from mlopsctl.core.states import RunAction, RunState, Selection, Status, StopKind
from mlopsctl.core.text import duration, plural
from mlopsctl.operations.backfill import controller, outcome
from mlopsctl.operations.backfill.engines import engine_for
from mlopsctl.operations.backfill.pause_guard import PauseGuard, marker
from mlopsctl.operations.backfill.plan import BackfillPlan
from mlopsctl.operations.backfill.progress import Progress
from mlopsctl.operations.backfill.resolve import RunReader
from mlopsctl.operations.backfill.run_counts import RunCounts

MANY = 100  # runs from which to ask for confirmation


@dataclass(frozen=True)
class Session:
    """`timeout`: seconds. `reader`: of many runs."""

    app: App
    plan: BackfillPlan
    reader: RunReader
    detach: bool = False
    timeout: float | None = None
    clock: Clock = SYSTEM_CLOCK
    executor: Executor | None = None

    def run(self, *, dry_run: bool, yes: bool) -> int:
        """Returns the exit code."""
        plan, out = self.plan, self.app.out
        if self.detach and plan.request.max_active and not engine_for(plan.engine).limits_runs:
            raise UsageError(
                f"--max-active needs mlopsctl to stay: Airflow itself does not limit runs of {plan.dag.dag_id}.",
                hint="leave out --detach, or --max-active",
            )
        for message in render.plan_messages(plan):
            out.message(message)
        if not plan.runs:
            return self.app.render(Result(render.data(plan, ()), Status.PLANNED if dry_run else Status.OK))
        if dry_run:
            return self._planned()
        if not plan.has_pending:
            return self._nothing_to_do()
        if plan.obstacle:
            raise plan.obstacle
        self._confirm(yes)
        return self._carry_out()

    def _planned(self) -> int:
        plan, why = self.plan, self.plan.obstacle
        refusal = why and MlopsctlError(f"this would be refused: {why.message}", hint=why.hint, code=why.code)
        result = Result(render.data(plan, plan.runs), Status.PLANNED, errors=(refusal,) if refusal else ())
        return self.app.render(result, lambda out: render.show_planned(out, plan))

    def _nothing_to_do(self) -> int:
        dag, guard = self.plan.dag, self._guard
        self.app.out.say("nothing to do")
        if guard.repause_due and not dag.paused:
            guard.repause()
            self.app.out.say(f"{dag.dag_id} is paused again")
        return self._finish(Progress(RunCounts.of(self.plan.runs), 0.0, runs=self.plan.runs))

    def _confirm(self, yes: bool) -> None:
        plan = self.plan
        redone = sum(run.state == RunState.SUCCESS for run in plan.runs_to(RunAction.AGAIN))
        if redone and plan.request.everything:
            self.app.confirm(f"{plural(redone, 'successful run')} will run again. Continue?", yes)
        elif len(plan.changed) > MANY:
            self.app.confirm(f"{plural(len(plan.changed), 'run')} will be started. Continue?", yes)

    def _carry_out(self) -> int:
        steps = controller.run(
            self.plan,
            self.app.api,
            timeout=self.timeout,
            detach=self.detach,
            reader=self.reader,
            guard=self._guard,
            clock=self.clock,
            executor=self.executor,
        )
        followed = follow(self.app.out, self.plan.dag.dag_id, steps)
        last, error = followed.last, followed.error
        if error and not last:
            raise error  # nothing has started
        if error:
            error.hint = report.hint_to_return(error, self._rerun)
            return self._leave(last, error)
        if followed.interrupted or last is None:
            return self._leave(last, self._detached(last))
        if self.detach and not last.not_run:
            return self._submitted(last)
        return self._finish(last)

    @property
    def _rerun(self) -> tuple[str, ...]:
        return outcome.rerun_command(self.plan)

    @property
    def _guard(self) -> PauseGuard:
        return PauseGuard(self.plan, self.app.api, marker(self.app.home, self.plan.dag.dag_id))

    def _finish(self, last: Progress) -> int:
        error = outcome.incomplete(self.plan, last)
        if not error and self.plan.request.only == Selection.HOLES and self.plan.has_pending:
            with self.app.out.busy("counting the rows"):
                error = outcome.still_empty(self.app.platform, self.plan)
        number = len(last.runs)
        done = f"{f'all {number} dates' if number > 1 else 'the date'} succeeded  {duration(last.seconds)}"
        cancelled = last.stopped is not None and last.stopped.kind == StopKind.CANCELLED
        return report.finish(self.app, self.plan, last, error, done, explain=not cancelled)

    def _submitted(self, last: Progress) -> int:
        data = render.data(self.plan, last.runs, backfill_id=last.backfill_id, seconds=last.seconds)
        created = Message("the runs have been created and continue in Airflow.")
        return self.app.render(Result(data, messages=(created, *self._control(last))))

    def _detached(self, last: Progress | None) -> Detached:
        left = last.counts.waiting if last else len(self.plan.changed)
        missing = f"; {left} have not been created yet" if left else ""
        words = f"detached: the runs that have been created continue in Airflow{missing}."
        return Detached(words, hint=Hint(self._rerun))

    def _leave(self, last: Progress | None, error: MlopsctlError) -> int:
        messages = self._control(last) if isinstance(error, Detached) else ()
        if self._guard.repause_due:
            dag_id = self.plan.dag.dag_id
            pause = Hint.of("airflow", "--", "dags", "pause", dag_id)
            words = f"{dag_id} is not paused again yet: the same command does it at its end. To pause it now:"
            messages += (Message.warning(words, pause),)
        return report.leave(self.app, self.plan, last, error, self.reader, messages=messages)

    def _control(self, last: Progress | None) -> tuple[Message, ...]:
        return report.control_messages(self.app, last.backfill_id if last else None, "watch", "pause", "cancel")
