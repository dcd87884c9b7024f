"""One DAG run: now, or for a date."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.run_owner import RUN_ID_PREFIX
from mlopsctl.core import dates
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Deadline, Every
from mlopsctl.core.errors import MlopsctlError, TimedOut, Unavailable, UsageError, first_of
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails, DagRun, Interval, PlannedRun
from mlopsctl.core.states import ACTIVE_RUN_STATES, RunState, StepState
from mlopsctl.core.steps import Step
from mlopsctl.operations import blocked_runs, outside_dates, params, preflight, task_dates
from mlopsctl.operations.backfill.plan import BackfillRequest
from mlopsctl.operations.backfill.planning.resolve import Sources, resolve
from mlopsctl.operations.dags.scheduled_runs import ScheduledRuns

POLL_SHARE = 0.1  # of the time waited so far, after which the run is polled again: a short run must not seem longer
POLL_INTERVALS = 0.1, 0.3  # the shortest and the longest, in seconds
CHECK_INTERVAL = 10.0  # seconds between two questions whether the run can go on
UNREACHABLE = 300.0  # seconds without an answer from Airflow after which waiting ends


@dataclass(frozen=True)
class TriggerPlan:
    """One run to be created. `day`: the given date, as 2024-01-31. `interval`: of its data; None: as Airflow chooses it
    for a manual run. `scheduled`: what starts besides, because the DAG is unpaused. `notes`: what the user
    should know before."""

    dag: DagDetails
    logical_date: datetime
    day: str | None
    conf: Mapping[str, Any] | None
    unpause: bool
    interval: Interval | None = None
    scheduled: ScheduledRuns | None = None
    notes: tuple[str, ...] = ()

    @property
    def run_id(self) -> str:
        return f"{RUN_ID_PREFIX}{self.logical_date.astimezone(UTC):%Y%m%dT%H%M%S.%f}"

    @property
    def rerun(self) -> Hint:
        """Run it again: for a date its run, which keeps its conf; else another run."""
        if self.day:
            return _backfill(self.dag.dag_id, self.day)
        conf = ["--conf", json.dumps(self.conf, ensure_ascii=False)] if self.conf is not None else []
        return Hint.of("trigger", self.dag.dag_id, *conf, "--wait")

    def data(self, run: DagRun | None = None, seconds: float = 0.0) -> dict[str, Any]:
        """The JSON of the contract. `seconds`: spent waiting."""
        return {
            "dag_id": self.dag.dag_id,
            "run_id": run.run_id if run else self.run_id,
            "logical_date": self.logical_date.isoformat(),
            "state": run.state if run else None,
            "seconds": round(seconds, 3),
            "scheduled_runs": self.scheduled.number if self.scheduled is not None else 0,
        }


def plan(
    api: AirflowApi,
    dag_id: str,
    day: str | None,
    conf: Mapping[str, Any] | None,
    *,
    unpause: bool,
    sources: Sources | None = None,
    find_log: preflight.FindLog | None = None,
    now: datetime | None = None,
) -> TriggerPlan:
    """`now`: None means the current time. Raises UsageError for an invalid or future date, MlopsctlError if the run
    cannot be created or would not start."""
    dag, now = api.dag(dag_id), now or datetime.now(UTC)
    planned = _planned_run(api, dag, day, sources, now) if day else None
    logical_date = planned.logical_date if planned else now
    tasks = api.task_dates(dag_id)
    command = ["trigger", dag_id, *(("--date", str(planned.date)) if planned else ()), *["--unpause"] * unpause]
    error = first_of(
        preflight.unhealthy_component(api, find_log),
        preflight.import_error(api, dag),
        preflight.missing_dag(dag),
        preflight.paused(dag, unpause),
        outside_dates.check(dag, tasks, [logical_date], "--date" if day else "now"),
        params.check(dag, conf, command),
    )
    if error:
        raise error
    interval = planned.interval if planned and not dag.empty_intervals else None
    if planned and interval and not api.sets_intervals:
        hint = _backfill(dag_id, str(planned.date), "--yes")
        raise MlopsctlError(preflight.interval_not_settable(api, dag), hint=hint, code="no-interval")
    notes = tuple(task_dates.left_out(dag, tasks, [logical_date]))
    return TriggerPlan(dag, logical_date, str(planned.date) if planned else None, conf, unpause, interval, notes=notes)


def _planned_run(api: AirflowApi, dag: DagDetails, day: str, sources: Sources | None, now: datetime) -> PlannedRun:
    """The run of a day: the one of the schedule; without a schedule, the one whose `ds` is the day."""
    today = now.astimezone(dates.load_timezone(dag.timezone)).date()
    wanted = dates.parse_day(day, today=today)
    if wanted > today:
        raise UsageError(f"{day!r} is in the future: today is {today}.", hint="use --date today")
    if error := preflight.not_started_yet(dag, wanted, now, "use --date yesterday"):
        raise error
    runs = resolve(api, dag, wanted, wanted, BackfillRequest(), sources, now).runs
    if len(runs) != 1:
        number = f"{len(runs)} runs" if runs else "no run"
        hint = _backfill(dag.dag_id, str(wanted)) if runs else Hint.of("trigger", dag.dag_id)
        raise MlopsctlError(f"the schedule of {dag.dag_id} has {number} on {wanted}.", hint=hint, code="no-single-run")
    if runs[0].state:
        raise _run_exists(dag.dag_id, str(wanted), runs[0].state)
    return runs[0]


def _run_exists(dag_id: str, day: str, state: RunState) -> MlopsctlError:
    rerun = _backfill(dag_id, day, *["--all"] * (state == RunState.SUCCESS))
    return MlopsctlError(
        f"{dag_id} already has a run for {day}; its state is {state}.",
        hint=Hint.of("runs", dag_id) if state in ACTIVE_RUN_STATES else rerun,
        code="run-exists",
    )


def _backfill(dag_id: str, day: str, *options: str) -> Hint:
    return Hint.of("backfill", dag_id, "--from", day, "--to", day, *options)


def run(plan: TriggerPlan, api: AirflowApi) -> DagRun:
    """Create the run. Raises MlopsctlError if Airflow refuses it, or such a run exists by now."""
    created = api.create_run(
        plan.dag.dag_id, plan.logical_date, run_id=plan.run_id, conf=plan.conf, interval=plan.interval
    )
    if created is None:
        raise _run_exists(plan.dag.dag_id, plan.day or plan.logical_date.isoformat(), RunState.QUEUED)
    if plan.dag.paused and plan.unpause:  # not before: Airflow may refuse the run
        api.set_paused(plan.dag.dag_id, False)
    return created


class RunWaiter:
    """Waits until a run has ended. `run`: its latest known state."""

    def __init__(self, api: AirflowApi, dag: DagDetails, run: DagRun, clock: Clock = SYSTEM_CLOCK) -> None:
        self._api, self._dag, self.run, self._clock = api, dag, run, clock
        self._began = clock.monotonic()
        self._check = Every(CHECK_INTERVAL, clock)

    @property
    def seconds(self) -> float:
        """Since the waiting began."""
        return self._clock.monotonic() - self._began

    def steps(self, timeout: float | None = None) -> Iterator[Step]:
        """The state of the run, or why it is unknown, each time it is polled. Raises TimedOut, Unavailable, and
        MlopsctlError if nothing but a user can bring the run to an end."""
        timeout_at, unreachable = Deadline(timeout, self._clock), Deadline(UNREACHABLE, self._clock)
        while True:
            detail: str = self.run.state
            try:
                self.run = self._api.run(self._dag.dag_id, self.run.run_id)
                detail = self.run.state
                self._raise_if_blocked()
                unreachable.renew()
            except Unavailable as e:
                if unreachable.expired:
                    raise
                detail = e.message
            if self.run.state not in ACTIVE_RUN_STATES:
                state = StepState.OK if self.run.state == RunState.SUCCESS else StepState.FAILED
                yield Step("run", state, detail, self.seconds)
                return
            yield Step("run", StepState.RUNNING, detail, self.seconds)
            if timeout_at.expired:
                raise TimedOut(
                    f"the run {self.run.run_id} has not ended after {timeout_at.seconds:.0f} s; it continues.",
                    hint=Hint.of("runs", self._dag.dag_id),
                )
            shortest, longest = POLL_INTERVALS
            self._clock.sleep(min(max(shortest, POLL_SHARE * self.seconds), longest))

    def _raise_if_blocked(self) -> None:
        """Now and then, but not at once: the scheduler takes a moment to start a run or its next task."""
        if self.run.state not in ACTIVE_RUN_STATES or self.seconds < CHECK_INTERVAL or not self._check.due():
            return
        api, dag, at = self._api, self._dag, self.run.logical_date
        now = api.dag_summary(dag.dag_id)
        if at and (now.paused or now.stale) and not api.count_tasks(dag.dag_id, at, at, blocked_runs.MOVING):
            raise preflight.missing_dag(now) or _paused_while_waiting(dag.dag_id)
        if blocked := blocked_runs.find(api, dag, [self.run]):
            raise MlopsctlError(f"{blocked.text}.", hint=blocked.hint, code="blocked")


def _paused_while_waiting(dag_id: str) -> MlopsctlError:
    words = f"{dag_id} is paused now, so its run does not go on."
    return MlopsctlError(words, hint=Hint.of("dags", "unpause", dag_id), code="paused")
