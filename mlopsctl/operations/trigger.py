"""One DAG run: now, or for a date."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.run_owner import RUN_ID_PREFIX
from mlopsctl.core import dates
from mlopsctl.core.deadline import Deadline
from mlopsctl.core.errors import MlopsctlError, TimedOut, Unavailable, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails, DagRun, Interval, PlannedRun
from mlopsctl.core.states import ACTIVE_RUN_STATES, StepState
from mlopsctl.core.steps import Step
from mlopsctl.operations import preflight
from mlopsctl.operations.backfill.plan import BackfillRequest
from mlopsctl.operations.backfill.resolve import Sources, join

PAUSE = 0.3  # seconds between two looks
GIVE_UP = 300.0  # seconds without any answer


@dataclass(frozen=True)
class TriggerPlan:
    """One run to be made. `day`: the date that was named, if one was, as 2024-01-31. `interval`: of its data, where it
    is not the one that Airflow takes for a run by hand."""

    dag: DagDetails
    logical_date: datetime
    day: str | None
    conf: Mapping[str, Any] | None
    unpause: bool
    interval: Interval | None = None

    @property
    def run_id(self) -> str:
        return f"{RUN_ID_PREFIX}{self.logical_date.astimezone(UTC):%Y%m%dT%H%M%S.%f}"


def plan(
    api: AirflowApi,
    dag_id: str,
    day: str | None,
    conf: Mapping[str, Any] | None,
    *,
    unpause: bool,
    sources: Sources | None = None,
    logs: preflight.FindLog | None = None,
    now: datetime | None = None,
) -> TriggerPlan:
    """`now`: None means the present. Raises UsageError for what is no date, or one to come; MlopsctlError where the run
    cannot be made or would not start."""
    dag, now = api.dag(dag_id), now or datetime.now(UTC)
    slot = _of(api, dag, day, sources, now) if day else None
    logical_date = slot.logical_date if slot else now
    obstacle = (
        preflight.unhealthy_component(api, logs)
        or preflight.import_error(api, dag)
        or preflight.missing_dag(dag)
        or preflight.paused(dag, unpause)
        or preflight.outside_dag_dates(dag, [logical_date], "--date")
    )
    if obstacle:
        raise obstacle
    interval = slot.interval if slot and not dag.exact else None
    return TriggerPlan(dag, logical_date, str(slot.date) if slot else None, conf, unpause, interval)


def _of(api: AirflowApi, dag: DagDetails, day: str, sources: Sources | None, now: datetime) -> PlannedRun:
    """The run of a day: the one of the schedule, or, without one, that whose ds is the day."""
    today = now.astimezone(dates.zone(dag.timezone)).date()
    wanted = dates.parse_day(day, today=today)
    if wanted > today:
        raise UsageError(f"{day!r} is in the future: today is {today}.", hint="use --date today")
    if too_early := preflight.not_started_yet(dag, wanted, now, "use --date yesterday"):
        raise too_early
    runs = join(api, dag, wanted, wanted, BackfillRequest(), sources, now).runs
    again = f"mlopsctl backfill {dag.dag_id} --from {wanted} --to {wanted}"
    if len(runs) != 1:
        number = f"{len(runs)} runs" if runs else "no run"
        hint = again if runs else Hint.of("trigger", dag.dag_id)
        raise MlopsctlError(f"the schedule of {dag.dag_id} has {number} on {wanted}.", hint=hint, code="no-single-run")
    if runs[0].state:
        raise _taken(dag.dag_id, str(wanted), runs[0].state)
    return runs[0]


def _taken(dag_id: str, when: str, state: str) -> MlopsctlError:
    again = f"mlopsctl backfill {dag_id} --from {when} --to {when}"
    hint = Hint.of("runs", dag_id) if state in ACTIVE_RUN_STATES else again + " --all" * (state == "success")
    return MlopsctlError(f"{dag_id} has a run of {when} already; its state is {state}.", hint=hint, code="run-exists")


def run(plan: TriggerPlan, api: AirflowApi) -> DagRun:
    """Make the run. Raises MlopsctlError: refused, or one has come between."""
    if plan.dag.paused and plan.unpause:
        api.set_paused(plan.dag.dag_id, False)
    made = api.create_run(
        plan.dag.dag_id, plan.logical_date, run_id=plan.run_id, conf=plan.conf, interval=plan.interval
    )
    if made is None:
        raise _taken(plan.dag.dag_id, plan.day or plan.logical_date.isoformat(), "queued")
    return made


class Waiting:
    """Until a run has ended. `run`: as it was seen last."""

    def __init__(self, api: AirflowApi, dag_id: str, run: DagRun) -> None:
        self._api, self._dag_id, self.run = api, dag_id, run
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def steps(self, timeout: float | None = None) -> Iterator[Step]:
        """The run's state at each look, or what is wrong just now. Raises TimedOut, Unavailable."""
        deadline = Deadline(GIVE_UP)
        while True:
            word: str = self.run.state
            try:
                self.run = self._api.run(self._dag_id, self.run.run_id)
                deadline.renew()
                word = self.run.state
                if word not in ACTIVE_RUN_STATES:
                    yield Step("run", StepState.OK if word == "success" else StepState.FAILED, word, self.seconds)
                    return
            except Unavailable as e:
                if deadline.expired:
                    raise
                word = e.message
            yield Step("run", StepState.RUNNING, word, self.seconds)
            if timeout is not None and self.seconds > timeout:
                raise TimedOut(
                    f"the run {self.run.run_id} has not ended after {timeout:.0f} s; it goes on.",
                    hint=Hint.of("runs", self._dag_id),
                )
            time.sleep(PAUSE)
