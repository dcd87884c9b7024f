"""Why no run of a backfill moves."""

import time

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core import dates
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Deadline
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message
from mlopsctl.core.states import ACTIVE_RUN_STATES, TaskState
from mlopsctl.core.text import plural, shorten
from mlopsctl.operations import blocked_runs
from mlopsctl.operations.backfill.execution.run_counts import RunCounts
from mlopsctl.operations.backfill.plan import BackfillPlan

QUIET = 10.0  # seconds without a change after which to ask for the reason
QUIET_QUEUED = 3.0  # the same while runs are queued and none is running
MAX_READ = 100  # tasks that wait for a retry, of which the times are compared
SENSING = (TaskState.UP_FOR_RESCHEDULE, TaskState.DEFERRED)
HEARTBEAT_LATE = 15.0  # seconds without a heartbeat of the scheduler


class StallDetector:
    """Asks Airflow for a reason when nothing has changed for a while. `blocked`: it will never change."""

    def __init__(self, plan: BackfillPlan, api: AirflowApi, clock: Clock = SYSTEM_CLOCK) -> None:
        self.blocked: blocked_runs.BlockedRuns | None = None
        self._plan, self._dag, self._api = plan, plan.dag, api
        self._counts = RunCounts()
        self._unchanged, self._checked = Deadline(None, clock), Deadline(None, clock)
        self._found: Message | None = None

    def explain(self, counts: RunCounts) -> Message | None:
        """`counts`: as just seen. Raises Unavailable."""
        if counts != self._counts:
            self._counts = counts
            self._unchanged.renew()
        quiet = QUIET_QUEUED if counts.queued and not counts.running else QUIET
        if self._unchanged.waited < quiet:
            self._found = None
        elif self._checked.waited > quiet / 2:
            self._checked.renew()
            self._found = self._late_heartbeat() or self._paused_or_broken() or self._blocked()
            self._found = self._found or self._retrying() or self._sensing()
        return self._found

    def _sensing(self) -> Message | None:
        """Sensors and other tasks that have given their slot back until something happens."""
        tasks, number = self._api.tasks_page(self._dag.dag_id, *self._plan.bounds, SENSING, MAX_READ)
        names = shorten(sorted({task.task_id for task in tasks}), 3)
        wait = "waits" if number == 1 else "wait"
        return Message(f"{plural(number, 'task')} {wait} for something outside of the run: {names}") if number else None

    def _retrying(self) -> Message | None:
        """Tasks that have failed and wait for their next try."""
        dag = self._dag
        tasks, number = self._api.tasks_page(dag.dag_id, *self._plan.bounds, [TaskState.UP_FOR_RETRY], MAX_READ)
        if not number:
            return None
        delays = self._api.retry_delays(dag.dag_id)
        due = [task.end + delays[task.task_id] for task in tasks if task.end and task.task_id in delays]
        zone = dates.load_timezone(dag.timezone)
        until = f", the first until {min(due).astimezone(zone):%H:%M:%S}" if due else ""
        wait = "waits for its" if number == 1 else "wait for their"
        return Message(f"{plural(number, 'task')} failed and {wait} next try{until}")

    def _blocked(self) -> Message | None:
        plan = self._plan
        active = self._api.runs(plan.dag.dag_id, *plan.bounds, ACTIVE_RUN_STATES)
        waiting = [run for run in active if run.logical_date in plan.logical_dates]
        self.blocked = blocked_runs.find(self._api, plan.dag, waiting) if waiting else None
        return Message(self.blocked.text) if self.blocked else None

    def _late_heartbeat(self) -> Message | None:
        late = time.time() - self._api.heartbeats().get("scheduler", 0.0)
        return Message(f"no heartbeat from the scheduler for {late:.0f} s") if late > HEARTBEAT_LATE else None

    def _paused_or_broken(self) -> Message | None:
        dag_id = self._dag.dag_id
        dag = self._api.dag_summary(dag_id)
        if dag.stale or dag.has_import_errors:
            why = f"Airflow cannot read {dag_id} any more, and starts none of its tasks"
            return Message(why, hint=Hint.of("dags", "errors"))
        if dag.paused:
            return Message(f"{dag_id} is paused", hint=Hint.of("backfills", "resume", dag_id, "--unpause"))
        record = self._api.active_backfill(dag_id) if self._dag.backfillable else None
        if record and record.paused:
            return Message(f"backfill {record.id} is paused", hint=Hint.of("backfills", "resume", record.id))
        return None
