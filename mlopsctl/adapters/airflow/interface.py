"""What operations ask of Airflow's REST API, whatever its release. `release.py` chooses the implementation.

What they ask of the metadata database is in `metadb/interface.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypedDict, Unpack

from mlopsctl.adapters.airflow.capabilities import Capabilities
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import NO_HINT, Hint
from mlopsctl.core.model import (
    ActiveTask,
    AssetConsumer,
    AssetEvent,
    ComponentHealth,
    Connection,
    DagDetails,
    DagRun,
    ImportErrorReport,
    Interval,
    LastRun,
    NativeBackfill,
    TaskDates,
    TaskInstance,
    TaskLog,
    User,
    Variable,
)
from mlopsctl.core.states import Health, Reprocess, RunState, TaskOrder

MAX_SLOTS = 100_000  # dates of a schedule that are read; each takes up to 0.2 ms


class RequestRejected(MlopsctlError):
    """Airflow answered a request with an error. `status`: HTTP's, such as 404 unknown, 409 conflict, 422 invalid.
    `reason`: Airflow's, without a full stop."""

    def __init__(self, status: int, reason: str, *, hint: Hint | str = NO_HINT) -> None:
        super().__init__(f"Airflow rejected the request: {reason}.", hint=hint, code=f"http-{status}")
        self.status = status
        self.reason = reason


class DagApi(Protocol):
    """DAGs and their files."""

    def dags(self) -> list[DagDetails]:
        """All DAGs, by id."""

    def count_dags(self) -> int: ...

    def dag(self, dag_id: str) -> DagDetails:
        """Raises MlopsctlError `unknown-dag`, with the nearest names."""

    def dag_summary(self, dag_id: str) -> DagDetails:
        """As a list of DAGs has it: one request, without time zone, start and end."""

    def set_paused(self, dag_id: str, paused: bool) -> None: ...

    def tasks_with_depends_on_past(self, dag_id: str) -> frozenset[str]:
        """The tasks that wait for themselves in the previous run."""

    def past_dependencies(self, dag_id: str) -> dict[str, tuple[str, ...]]:
        """For each of them, the tasks of the previous run that have to succeed first: itself, and, with
        wait_for_downstream, those that follow it."""

    def retry_delays(self, dag_id: str) -> dict[str, timedelta]:
        """How long each task waits after a failed try; without those whose delay grows."""

    def task_dates(self, dag_id: str) -> list[TaskDates]: ...

    def count_dag_tasks(self, dag_id: str) -> tuple[int, bool]:
        """The tasks of the DAG, and whether some are mapped: a run then has more."""

    def trigger_tasks(self, dag_id: str) -> list[str]:
        """The tasks that start runs of other DAGs."""

    def import_errors(self) -> list[ImportErrorReport]:
        """By file name."""

    def count_import_errors(self) -> int: ...

    def reparse_file(self, token: str) -> None:
        """Ask Airflow to parse a DAG file before all others. `token`: a DagDetails' `file_token`."""


class RunApi(Protocol):
    """DAG runs. `start` and `end` are logical dates, both inclusive; an empty `states` means all."""

    def runs(
        self, dag_id: str, start: datetime | None = None, end: datetime | None = None, states: Sequence[str] = ()
    ) -> list[DagRun]:
        """In the order of their logical dates."""

    def runs_page(
        self, dag_id: str, start: datetime, end: datetime, states: Sequence[str], limit: int
    ) -> tuple[list[DagRun], int]:
        """At most `limit` such runs, and how many there are: its cost does not grow with the range."""

    def latest_runs(self, dag_id: str, number: int) -> list[DagRun]:
        """The `number` runs with the latest logical dates, in their order."""

    def recent_runs(self, number: int = 5) -> list[LastRun]:
        """The runs of any DAG that were created last, the newest first."""

    def changed_runs(self, dag_id: str = "", number: int | None = None) -> list[DagRun]:
        """The `number` runs that changed last (None: all), of one DAG or of all, the latest change first."""

    def active_run(self, dag_id: str, run_id_prefix: str) -> DagRun | None:
        """The newest queued or running run whose id starts with `run_id_prefix`."""

    def count_runs(self, dag_id: str, start: datetime, end: datetime, states: Sequence[str]) -> int: ...

    def count_runs_in_state(self, state: RunState, dag_id: str = "") -> int:
        """Of one DAG, or of all."""

    def run(self, dag_id: str, run_id: str) -> DagRun: ...

    def run_conf(self, dag_id: str, run_id: str) -> dict[str, Any]: ...

    @property
    def sets_intervals(self) -> bool:
        """Whether create_run() can give a run its data interval."""

    def create_run(
        self,
        dag_id: str,
        logical_date: datetime,
        *,
        run_id: str,
        conf: Mapping[str, Any] | None = None,
        run_after: datetime | None = None,
        interval: Interval | None = None,
    ) -> DagRun | None:
        """A queued run; None if that logical date already has one, so the call is safe to repeat.

        `interval`: its data interval; None: what Airflow infers for a manual run. The scheduler starts the queued run
        with the earliest `run_after` first.
        """

    def clear_runs(self, dag_id: str, run_ids: Iterable[str], *, note: str = "") -> None:
        """Queue ended runs again with all their tasks and the current DAG version.

        All of them or none with `bulk_runs`, otherwise as many as Airflow accepts. Raises MlopsctlError for the others.
        """

    def delete_runs(self, dag_id: str, run_ids: Iterable[str]) -> None:
        """Delete runs with their tasks; missing ones are ignored. Raises MlopsctlError for a running one."""

    def mark_runs_failed(self, dag_id: str, run_ids: Iterable[str], note: str = "") -> None:
        """Stop runs and their tasks, and mark them as failed; missing ones are ignored. `note`: put on each.

        A running task is stopped at its next heartbeat, within 5 s (seen). If it cleans up first, its run ends after
        that. A run that has succeeded by then is marked failed too: Airflow does not check its state. Raises
        MlopsctlError for one that Airflow does not stop.
        """

    def mark_runs_success(self, dag_id: str, run_ids: Iterable[str]) -> None:
        """Mark runs with nothing left to run as success. Raises as mark_runs_failed()."""

    def was_cancelled(self, dag_id: str, note: str, start: datetime, end: datetime, *, since: datetime) -> bool:
        """Whether the run that failed last, `since` then, has this note: `backfills cancel` puts it there."""


class PoolApi(Protocol):
    def pools(self) -> dict[str, int]:
        """Their slots by name; -1: as many as are needed."""


class TaskApi(Protocol):
    """Task instances. `start` and `end` are the logical dates of their runs, both inclusive."""

    def task_instances(self, dag_id: str, run_id: str) -> list[TaskInstance]: ...

    def tasks_page(
        self, dag_id: str, start: datetime, end: datetime, states: Sequence[str], limit: int
    ) -> tuple[list[TaskInstance], int]:
        """At most `limit` such tasks, and how many there are."""

    def slowest_task(
        self, dag_id: str, start: datetime, end: datetime, states: Sequence[str], *, ended_since: datetime
    ) -> TaskInstance | None:
        """The one with the longest duration."""

    def tasks_between(self, dag_id: str, start: datetime, end: datetime, states: Sequence[str]) -> list[TaskInstance]:
        """All of them: the cost grows with their number."""

    def count_tasks(self, dag_id: str, start: datetime, end: datetime, states: Sequence[str]) -> int: ...

    def active_tasks(self, states: Sequence[str], limit: int, order: TaskOrder) -> tuple[list[ActiveTask], int]:
        """At most `limit` tasks of any DAG, and how many there are."""

    def mark_task_failed(self, dag_id: str, run_id: str, task: str) -> None:
        """Stop a task and mark it as failed. `task`: its id; `id/3`: number 3 of a mapped task."""

    def task_log(self, dag_id: str, run_id: str, task_id: str, try_number: int, map_index: int = -1) -> TaskLog: ...


class BackfillOptions(TypedDict, total=False):
    """Defaults: run completed runs again, forwards, 16 at a time, without a conf."""

    reprocess: Reprocess
    reverse: bool
    max_active: int
    conf: Mapping[str, Any] | None


class BackfillApi(Protocol):
    """Airflow's own backfills."""

    def active_backfill(self, dag_id: str) -> NativeBackfill | None:
        """The one that Airflow has not closed: it allows one per DAG."""

    def list_backfills(self, dag_id: str) -> list[NativeBackfill]:
        """The newest first."""

    def backfill(self, id_: int) -> NativeBackfill: ...

    def create_backfill(
        self, dag_id: str, start: datetime, end: datetime, **options: Unpack[BackfillOptions]
    ) -> NativeBackfill:
        """From `start` to `end`, both inclusive. Raises RequestRejected: 409 one is active already, 422 invalid."""

    def dry_run_backfill(
        self, dag_id: str, start: datetime, end: datetime, **options: Unpack[BackfillOptions]
    ) -> list[datetime]:
        """The logical dates that such a backfill would run, without those that are queued or running now."""

    def pause_backfill(self, id_: int) -> None:
        """Start none of its queued runs; running ones continue. Raises RequestRejected: 409 it has ended."""

    def unpause_backfill(self, id_: int) -> None:
        """Raises RequestRejected: 409 it has ended."""

    def cancel_backfill(self, id_: int) -> None:
        """Fail its queued runs; running ones continue. Raises RequestRejected: 409 it has ended."""


class AssetApi(Protocol):
    """Assets; in Airflow 2, datasets."""

    def asset_consumers(self, dag_id: str) -> list[AssetConsumer]:
        """The DAGs that wait for what tasks of a DAG update. Not those behind an alias: what that stands for is known
        when the task has run."""

    def asset_events(self, dag_id: str, since: datetime) -> list[AssetEvent]:
        """What runs of a DAG have updated; in Airflow 2 the newest thousand."""


class EntryApi(Protocol):
    """Connections and variables. Airflow hides their secrets: they read as `***`."""

    def connections(self) -> list[Connection]:
        """By name."""

    def variables(self) -> list[Variable]:
        """By name."""

    def set_connections(self, connections: Mapping[str, Mapping[str, Any]]) -> None:
        """Create each, or change those of its fields that are given; all or none. Fields as in Airflow's files, with
        `extra` as an object. Airflow ignores an empty password: it does not remove the old one."""

    def set_variables(self, variables: Iterable[Variable]) -> None:
        """Create each, or replace its value and description; all or none."""

    def delete_connections(self, names: Iterable[str]) -> None: ...

    def delete_variables(self, names: Iterable[str]) -> None: ...


class UserApi(Protocol):
    """Users and roles."""

    def users(self) -> list[User]: ...

    def roles(self) -> list[str]: ...

    def create_user(self, username: str, role: str, email: str, password: str, name: str = "") -> None:
        """`name`: the person's; default: the username. Raises MlopsctlError: name or email taken, unknown role."""

    def update_user(self, username: str, *, role: str = "", email: str = "", name: str = "") -> None:
        """Change what is not empty. `role` replaces all roles. Raises MlopsctlError: email taken, unknown role."""

    def delete_user(self, username: str) -> None: ...

    def set_password(self, username: str, password: str) -> None: ...


class AirflowApi(DagApi, RunApi, TaskApi, PoolApi, BackfillApi, AssetApi, EntryApi, UserApi, Protocol):
    """Airflow's REST API. Every method raises Unavailable if it does not answer, RequestRejected if it refuses."""

    @property
    def capabilities(self) -> Capabilities:
        """What the API of this release can do. Asked once per release, then read from a file."""

    def components(self, timeout: float = 30) -> dict[str, ComponentHealth]:
        """metadatabase, scheduler, triggerer and dag_processor, as Airflow names them. Asks once, without a retry."""

    def health(self) -> dict[str, Health]:
        """The status of each component that has ever run."""

    def heartbeats(self) -> dict[str, float]:
        """The last heartbeat of each component, in seconds since the epoch."""
