"""The types that the layers exchange. All are frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from mlopsctl.core.states import (
    ACTIVE_BACKFILL_STATES,
    ACTIVE_RUN_STATES,
    BackfillState,
    EngineName,
    Health,
    LinkState,
    RunAction,
    RunState,
    ServiceState,
    TaskState,
    WaitReason,
)

SETUP_DESCRIPTION = "written by mlopsctl setup"  # of the connections and variables that setup manages
Interval = tuple[datetime, datetime]  # the first instant of a run's data, and the instant after its last
BackfillId = int | str  # Airflow's number, or ours: six hex digits


@dataclass(frozen=True)
class ServiceStatus:
    """A supervised service. `seconds_up`: since its last start."""

    name: str
    state: ServiceState
    pid: int | None
    seconds_up: int
    port: int | None


@dataclass(frozen=True)
class Param:
    """A param of a DAG. `value`: its default; None also if there is none. `schema`: JSON schema; empty: any value."""

    name: str
    value: Any
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class DagDetails:
    """A DAG. `schedule`: its summary. `backfillable`: Airflow's own backfill supports it. `periodic`: its schedule has
    dates; without any, it gets a run for each day.

    `timezone`, `start`, `end` and `params` are empty in a list of DAGs; no task runs before `start` or after `end`.
    `relative_file`: relative to the DAGs folder, as in import errors. `empty_intervals`: the data interval of a run is
    its logical date alone, as with every cron string unless Airflow is configured otherwise. `file_token`: for a
    request to parse the file again. `parsed_at`: when that happened last; `parse_seconds`: how long it took. `stale`:
    the DAG is not in its file any more. `next_run`: the logical date of the next run of its schedule; `next_run_after`:
    when the scheduler creates it. `catchup`: it also creates those that it has missed; False in a list of DAGs.
    """

    dag_id: str
    schedule: str | None
    timezone: str
    paused: bool
    backfillable: bool
    file: str
    tags: tuple[str, ...] = ()
    max_active_runs: int = 16
    has_import_errors: bool = False
    relative_file: str = ""
    start: datetime | None = None
    end: datetime | None = None
    empty_intervals: bool = False
    file_token: str = ""
    parsed_at: datetime | None = None
    parse_seconds: float | None = None
    stale: bool = False
    periodic: bool = False
    next_run: datetime | None = None
    next_run_after: datetime | None = None
    catchup: bool = False
    params: tuple[Param, ...] = field(default=(), hash=False)


@dataclass(frozen=True)
class TaskDates:
    """When a task starts and ends: its own dates, or those of its DAG. None: open. `downstream`: the ids of the tasks
    that follow it. `waits`: for those that it follows."""

    task_id: str
    start: datetime | None = None
    end: datetime | None = None
    downstream: tuple[str, ...] = ()
    waits: bool = True

    def includes(self, at: datetime) -> bool:
        return (self.start is None or self.start <= at) and (self.end is None or at <= self.end)


@dataclass(frozen=True)
class AssetConsumer:
    """A DAG that waits for updates of an asset. `asset`: its name; in Airflow 2 the URI of a dataset."""

    asset: str
    dag_id: str


@dataclass(frozen=True)
class AssetEvent:
    """An update of an asset by a run. `consumed_by`: the DAGs of which a run has taken it in."""

    asset: str
    run_id: str
    consumed_by: frozenset[str]


@dataclass(frozen=True)
class DagRun:
    """A DAG run. Instants are aware. `interval`: its data interval. `owner`: the backfill of engine `runs` that owns
    it, `cancelled_by`: whose cancel ended it; empty: none. `queued`: when it was created, or cleared last. Only the API
    gives the last three fields."""

    run_id: str
    logical_date: datetime | None
    state: RunState
    run_type: str = "manual"
    start: datetime | None = None
    end: datetime | None = None
    interval: Interval | None = None
    owner: str = ""
    dag_id: str = ""
    queued: datetime | None = None
    cancelled_by: str = ""

    @property
    def seconds(self) -> float | None:
        return (self.end - self.start).total_seconds() if self.start and self.end else None


@dataclass(frozen=True)
class TaskInstance:
    """A task in a DAG run. `state` is empty before it is scheduled; `map_index` -1: not mapped; `seconds`: of
    its last try. `pool_slots`: how many of its `pool` it needs."""

    task_id: str
    state: TaskState
    try_number: int
    map_index: int = -1
    end: datetime | None = None
    run_id: str = ""
    seconds: float | None = None
    pool: str = ""
    pool_slots: int = 1


@dataclass(frozen=True)
class ActiveTask:
    """A task of any DAG. `day`: the UTC date of its run."""

    dag_id: str
    task_id: str
    day: str
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class TaskLog:
    """A task's log. `error`: the exception that failed the task, `KeyError: 'x'`, or else the last one in the log;
    empty if there is none. `later_errors`: those after it, such as that of a callback."""

    text: str
    error: str = ""
    later_errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class LastRun:
    """A recent run of any DAG. `day`: its `ds`."""

    dag_id: str
    day: str
    state: RunState


@dataclass(frozen=True)
class NativeBackfill:
    """Airflow's record of a backfill of its own engine.

    `active`: until the scheduler closes it, up to 30 s after its last run. `paused`: none of its queued runs starts.
    """

    id: int
    dag_id: str
    start: datetime
    end: datetime
    active: bool
    paused: bool = False
    created: datetime | None = None

    @property
    def cancelled(self) -> bool:
        """One that ends by itself is not paused."""
        return self.paused and not self.active


@dataclass(frozen=True)
class Backfill:
    """A backfill that exists, of either engine.

    `ending`: its runs have ended, and Airflow has not closed it yet.

    `start`, `end`: its range; of engine `runs` its first and last logical date. `began` orders backfills by age.
    `record_paused`: Airflow's own record is paused, so that none of its queued runs starts. `orphaned`: runs that were
    cleared after it was cancelled, and stay queued. Runs that another backfill has taken over are counted there.
    """

    id: BackfillId
    dag_id: str
    timezone: str
    engine: EngineName
    state: BackfillState
    start: datetime
    end: datetime
    began: datetime
    record_paused: bool = False
    dag_paused: bool = False
    success: int = 0
    failed: int = 0
    running: int = 0
    queued: int = 0
    orphaned: int = 0

    @property
    def active(self) -> bool:
        return self.state in ACTIVE_BACKFILL_STATES

    @property
    def total(self) -> int:
        return self.success + self.failed + self.unfinished + self.orphaned

    @property
    def unfinished(self) -> int:
        """How many of its runs are running, or will."""
        return self.running + self.queued - self.orphaned


@dataclass(frozen=True)
class PlannedRun:
    """One date of a range: what will be done, and the state of its run now (`NONE`: there is none).

    `interval`: its data interval, if known. `orphaned`: its backfill was cancelled, and it stays queued. `unclearable`:
    if it were cleared, it would be orphaned. `owner`: as in DagRun. `empty`: a success in which no task has ended:
    clearing would not give it any.
    """

    date: date
    logical_date: datetime
    action: RunAction
    state: RunState = RunState.NONE
    run_id: str = ""
    interval: Interval | None = None
    orphaned: bool = False
    unclearable: bool = False
    owner: str = ""
    empty: bool = False

    @property
    def ds(self) -> str:
        """Airflow's `ds`: the UTC date of the logical date."""
        return self.logical_date.astimezone(UTC).date().isoformat()

    @property
    def replaced(self) -> bool:
        """Whether it can run again only as a new run."""
        return self.unclearable or self.empty

    @property
    def is_lost(self) -> bool:
        """In its final state: whether it was to be created and does not exist."""
        return self.action == RunAction.NEW and not self.state

    @property
    def expected(self) -> "PlannedRun":
        """As it counts before it is done: an ended run that is to run again has no state yet."""
        ended = self.action == RunAction.AGAIN and self.state not in ACTIVE_RUN_STATES
        return replace(self, state=RunState.NONE) if ended else self

    def updated(self, run: DagRun | None) -> "PlannedRun":
        """With the state of the run that exists now."""
        state, run_id = (run.state, run.run_id) if run else (RunState.NONE, "")
        return replace(self, state=state, run_id=run_id, orphaned=False, unclearable=False, empty=False)


@dataclass(frozen=True)
class ImportErrorReport:
    """A file that Airflow could not import. `at`: when it last tried."""

    file: str
    traceback: str
    at: datetime | None = None


@dataclass(frozen=True)
class WaitingGroup:
    """Runs of one DAG, or its tasks, that wait for the same reason. `what`: the pool of tasks, or the silent task.
    `seconds`: the longest wait; `run_ids`: at most 1000."""

    reason: WaitReason
    dag_id: str
    what: str
    number: int
    seconds: int
    run_ids: tuple[str, ...]


@dataclass(frozen=True)
class ComponentHealth:
    """An Airflow component. `status`: None if it has never run."""

    status: Health | None
    heartbeat: datetime | None = None


@dataclass(frozen=True)
class User:
    """`role`: the names of all roles, separated by commas. `name`: the person's."""

    username: str
    role: str
    email: str
    name: str


@dataclass(frozen=True)
class Connection:
    """An Airflow connection. Read from the REST API, `password` and secrets in `extra` are `***`."""

    name: str
    conn_type: str
    host: str = ""
    port: int | None = None
    login: str = ""
    password: str = field(default="", repr=False)
    schema: str = ""
    extra: dict[str, Any] = field(default_factory=dict, repr=False)
    description: str = ""


@dataclass(frozen=True)
class Variable:
    """An Airflow variable. `value` is or contains `***` if the REST API hides it."""

    name: str
    value: str = field(repr=False)
    description: str = ""


@dataclass(frozen=True)
class Link:
    """An entry of the DAGs folder."""

    name: str
    target: str
    state: LinkState
