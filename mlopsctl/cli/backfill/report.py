"""What `backfill` and `backfills watch` share: they show a backfill until it ends or is left, and report it."""

from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import suppress
from typing import Any, ClassVar

from mlopsctl.cli._common.app import App
from mlopsctl.cli.backfill import render
from mlopsctl.cli.backfill.progress_view import follow
from mlopsctl.core.errors import Detached, MlopsctlError, TimedOut, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import BackfillId, PlannedRun
from mlopsctl.core.result import Message, Result
from mlopsctl.core.states import RunState, Status
from mlopsctl.core.text import duration
from mlopsctl.operations.backfill.execution import failures, outcome, skipped_tasks
from mlopsctl.operations.backfill.execution.controller import final_states
from mlopsctl.operations.backfill.execution.progress import Progress
from mlopsctl.operations.backfill.plan import BackfillPlan
from mlopsctl.operations.backfill.planning.resolve import RunReader


class Reporter(ABC):
    """`noun`: what succeeds. `verbs`: of `mlopsctl backfills`, to control what continues."""

    noun: ClassVar[str]
    verbs: ClassVar[tuple[str, ...]]
    app: App
    reader: RunReader
    plan: BackfillPlan

    @property
    @abstractmethod
    def command(self) -> tuple[str, ...]:
        """The command that returns to it, and does what is left."""

    @abstractmethod
    def detached(self, last: Progress | None) -> str:
        """The sentence after Ctrl-C."""

    @abstractmethod
    def incomplete(self, last: Progress) -> MlopsctlError | None:
        """Why it has not succeeded."""

    @abstractmethod
    def cancelled(self, last: Progress) -> bool: ...

    def remarks(self, last: Progress, data: dict[str, Any]) -> tuple[Message, ...]:
        """What the user should know at the end; completes `data`."""
        return ()

    def data(self, runs: tuple[PlannedRun, ...], last: Progress | None) -> dict[str, Any]:
        id_, seconds = (last.backfill_id, last.seconds) if last else (None, 0.0)
        return render.data(self.plan, runs, backfill_id=id_, seconds=seconds)

    def follow(self, steps: Generator[Progress, None, None]) -> int:
        """Until it ends or is left; returns the exit code."""
        last, error = follow(self.app.out, self.plan.dag.dag_id, steps)
        if not error and last:
            return self.finish(last)
        if isinstance(error, MlopsctlError):
            error.hint = self._way_back(error)
            return self.leave(last, error)
        return self.leave(last, Detached(self.detached(last), hint=Hint(self.command)))

    def finish(self, last: Progress, *, table: bool = True) -> int:
        """All runs have ended. `table`: show them even if all have succeeded."""
        number, data = len(last.runs), self.data(last.runs, last)
        skipped, (empty, unread) = self._skipped(last, data), self._without_task(last, data)
        errors = tuple(error for error in (self.incomplete(last), empty) if error)
        remarks = (*skipped, *unread, *self.remarks(last, data))
        if not errors:
            what = f"all {number} {self.noun}s" if number > 1 else f"the {self.noun}"
            result = Result(data, messages=(Message(f"{what} succeeded  {duration(last.seconds)}"), *remarks))
        else:
            causes, unread_logs = self._causes(last)
            data["failures"] = render.failures_data(causes, self.app.out.program)
            messages = (
                *render.date_messages(last.runs, last.not_run), *remarks, *unread_logs,
                *render.cause_messages(causes),
            )  # fmt: skip
            succeeded = any(run.state == RunState.SUCCESS for run in last.runs)
            result = Result(data, Status.PARTIAL if succeeded else Status.ERROR, messages, errors)
        view = (lambda out: render.show_table(out, last.runs, last.not_run)) if table or errors else None
        return self.app.render(result, view)

    def leave(self, last: Progress | None, error: MlopsctlError, *messages: Message) -> int:
        """Before all runs have ended. The JSON has their present states; without an answer, those seen last."""
        runs = last.runs if last else ()
        if self.app.out.json and not runs:
            with suppress(MlopsctlError):
                runs = final_states(self.plan, self.reader)
        data = self.data(runs or self.plan.runs, last)
        if last and not runs:
            data["counts"] |= {state.value: getattr(last.counts, state) for state in render.STATES}
        control = self.control(last.backfill_id if last else None) if isinstance(error, Detached) else ()
        return self.app.render(Result(data, Status.PARTIAL, (*control, *messages), (error,)))

    def control(self, id_: BackfillId | None) -> tuple[Message, ...]:
        """How to control what continues."""
        verbs = self.verbs if id_ is not None else ()
        return tuple(Message(f"to {verb + ' it:':<10} {self.app.call('backfills', verb, id_)}") for verb in verbs)

    def _way_back(self, error: MlopsctlError) -> Hint:
        """What to do about an error that ended it early, then `command`."""
        if isinstance(error, TimedOut) or not error.hint:
            return Hint(self.command)
        return error.hint.followed_by(*self.command) if isinstance(error, Unavailable) else error.hint

    def _skipped(self, last: Progress, data: dict[str, Any]) -> tuple[Message, ...]:
        """What successful runs have skipped; counts these runs in `data`."""
        try:
            tasks = skipped_tasks.read(self.app.api, self.plan, last.runs)
        except MlopsctlError as e:
            return (Message.warning(f"could not check for skipped tasks: {e.message}"),)
        if not tasks:
            return ()
        data["counts"]["skipped"] = len(frozenset[str]().union(*(task.runs for task in tasks)))
        number = sum(run.state == RunState.SUCCESS for run in last.runs)
        return (render.skipped_message(self.plan.dag.dag_id, tasks, number),)

    def _without_task(self, last: Progress, data: dict[str, Any]) -> tuple[MlopsctlError | None, tuple[Message, ...]]:
        """About successful runs in which no task has ended, or why they are not known; counts them in `data`."""
        plan = self.plan
        try:
            ids = self.app.target.metadata.empty_runs(plan.dag.dag_id, *plan.bounds)
            empty = [run for run in last.runs if run.run_id in ids]
            data["counts"]["empty"] = len(empty)
            return (outcome.no_task_ran(self.app.api, plan, empty) if empty else None), ()
        except MlopsctlError as e:
            return None, (Message.warning(f"could not check for runs without tasks: {e.message}"),)

    def _causes(self, last: Progress) -> tuple[list[failures.Cause], tuple[Message, ...]]:
        """What the failed runs have in common, or why it is not known; of a cancelled backfill, the reason is known."""
        if self.cancelled(last):
            return [], ()
        left_out = {run.logical_date for run in last.not_run}
        runs = [run for run in last.runs if run.logical_date not in left_out]
        try:
            with self.app.out.busy("reading the logs of failed tasks"):
                return failures.read(self.app.api, self.plan, runs), ()
        except MlopsctlError as e:
            return [], (Message.warning(f"could not read the failure logs: {e.message}"),)
