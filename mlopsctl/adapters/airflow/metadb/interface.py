"""What operations ask of Airflow's metadata database, whatever Airflow's release."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from mlopsctl.adapters.airflow.interface import MAX_SLOTS
from mlopsctl.core.model import Backfill, BackfillId, DagRun, Interval, WaitingGroup
from mlopsctl.core.workers import TasksOfQueue

ENDED_LISTED = 10  # ended backfills that a list shows unless it is asked for more


class RunMetadata(Protocol):
    """Runs, schedules and backfills: what the REST API does not show as such, or is too slow for.

    From the metadata database, or, for an Airflow elsewhere, put together from answers of its API. Every method raises
    Unavailable if it does not answer.
    """

    def timezone(self, dag_id: str) -> str | None:
        """`Asia/Seoul`, `UTC`, `+09:00`; None if Airflow has not serialized the DAG yet."""

    def slots(self, dag_id: str, start: datetime, end: datetime, limit: int = MAX_SLOTS) -> Mapping[datetime, Interval]:
        """The dates of a DAG's schedule from `start` to `end`, both inclusive, each with its data interval.

        Only those whose interval has ended, the earliest `limit` and at least one more if there are as many. Raises
        MlopsctlError if Airflow has not serialized the DAG yet.
        """

    def prepare_slots(self) -> None:
        """They are going to be needed, and cannot come from the API alone: what starts slowly starts now."""

    def triggered_dags(self, dag_id: str) -> list[tuple[str, str]]:
        """The tasks of a DAG that start runs of another, each with its id; empty if the id is not known, or made when
        the task runs."""

    def runs_between(self, dag_id: str, start: datetime, end: datetime) -> list[DagRun]:
        """Runs with logical dates from `start` to `end`, both inclusive, in their order."""

    def backfills(self, *, dag_id: str = "", id_: BackfillId = "", ended: int | None = ENDED_LISTED) -> list[Backfill]:
        """The active ones, then the `ended` newest ended ones (None: all); the newest first."""

    def backfill_runs(self, backfill: Backfill, states: Sequence[str] = ()) -> list[DagRun]:
        """In the order of their logical dates."""

    def unclearable_runs(self, dag_id: str) -> set[str]:
        """The ids of runs that would stay queued if they were cleared, because their backfill was cancelled. A new
        backfill of Airflow's can take them over once they have failed, or they can be deleted and created again."""

    def completed_runs(self, dag_id: str, run_ids: Collection[str], failed_at: datetime) -> list[str]:
        """Of runs that were marked failed at `failed_at` or later, those with every task a success or skipped before:
        Airflow had made them a success, or was about to. A run that is a success although one of its tasks failed is
        not among them."""

    def empty_runs(self, dag_id: str, start: datetime, end: datetime) -> set[str]:
        """The ids of successful runs, with logical dates from `start` to `end`, in which no task has ended."""


class AirflowMetadata(RunMetadata, Protocol):
    """Airflow's metadata database, read only."""

    def backfill_tasks(self, backfill: Backfill, task_ids: Collection[str]) -> list[str]:
        """Those of the task instance ids that belong to runs of a backfill."""

    def tasks_of_queues(self) -> list[TasksOfQueue]:
        """The queues from which tasks wait or run."""

    def dags_of_queue(self, queue: str) -> list[str]:
        """The DAGs with tasks for a queue."""

    def queued_runs(self, late: float) -> list[WaitingGroup]:
        """Runs that have been queued for more than `late` seconds."""

    def scheduled_tasks(self, late: float, parallelism: int) -> list[WaitingGroup]:
        """Tasks that have been scheduled for more than `late` seconds. `parallelism`: the executor's slots."""

    def starved_runs(self, late: float) -> list[WaitingGroup]:
        """Runs that have been running for more than `late` seconds without a scheduled task."""

    def idle_runs(self, late: float) -> list[WaitingGroup]:
        """Runs that have been running for more than `late` seconds, without a task that is under way."""

    def silent_tasks(self, late: float) -> list[WaitingGroup]:
        """Running tasks whose last heartbeat is more than `late` seconds ago."""
