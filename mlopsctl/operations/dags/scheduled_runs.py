"""The runs that the scheduler creates by itself as soon as a DAG is unpaused.

Without catchup that is the latest one of the schedule, unless it exists; with catchup, all since the DAG's last run or
its start_date (seen in 3.3.2 and 2.11.2).
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails
from mlopsctl.core.result import Message
from mlopsctl.operations.target import Target

LIMIT = 5000  # runs that are counted
CONTINUOUS = "@continuous"


@dataclass(frozen=True)
class ScheduledRuns:
    """`dates`: the logical dates, at most LIMIT. `more`: there are more, or nobody knows how many. `at_most`: Airflow
    may skip some of them."""

    dag: DagDetails
    dates: tuple[datetime, ...] = ()
    more: bool = False
    at_most: bool = False

    def __bool__(self) -> bool:
        return bool(self.dates or self.more)

    @property
    def number(self) -> int | None:
        """None: more than are counted."""
        return None if self.more else len(self.dates)

    @property
    def question(self) -> str:
        """What the user has to agree to before the DAG is unpaused; empty: nothing."""
        if not self.dag.catchup or self.dag.schedule == CONTINUOUS or self.number in (0, 1):
            return ""
        return f"Unpausing {self.dag.dag_id} starts {self._many} that you did not name. Continue?"

    @property
    def message(self) -> Message:
        """What happens when the DAG is unpaused, and how to avoid it."""
        dag_id = self.dag.dag_id
        if self.more and not self.question:
            return Message.warning(f"once {dag_id} is unpaused, the scheduler starts one run after the other.")
        if not self.question:
            return Message.warning(f"once {dag_id} is unpaused, the scheduler starts {self._one}.")
        since = f", from {self._local(self.dates[0])} on" if self.dates else ""
        text = (
            f"{dag_id} has catchup=True: once it is unpaused, the scheduler starts {self._many} of its schedule{since}."
        )
        return Message.warning(text, Hint(note=f"to avoid these runs, first set catchup=False in {self.dag.file}"))

    @property
    def missed_message(self) -> Message:
        """For a DAG that is not paused: the runs that were missed while Airflow was stopped."""
        dag_id, first = self.dag.dag_id, f", from {self._local(self.dates[0])} on" if self.dates else ""
        text = f"{dag_id} has catchup=True: the scheduler now starts {self._many} that it missed{first}."
        return Message.warning(text, Hint.of("dags", "pause", dag_id, note="starts no more of them"))

    @property
    def _one(self) -> str:
        return f"the run of its schedule for {self._local(self.dates[0])}"

    @property
    def _many(self) -> str:
        if self.more:
            return f"more than {LIMIT:,} runs" if self.dates else "all missed runs"
        return f"{'up to ' * self.at_most}{len(self.dates):,} runs"

    def _local(self, at: datetime) -> str:
        zone = dates.load_timezone(self.dag.timezone)
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M} {self.dag.timezone}"


def read(
    target: Target,
    dag: DagDetails,
    named: Collection[datetime] = (),
    *,
    at_most: bool = False,
    now: datetime | None = None,
) -> ScheduledRuns:
    """What unpausing the DAG would start, beside the runs with the logical dates `named`. Empty if it is not paused.

    `at_most`: as in ScheduledRuns. `now`: None is the present. Raises MlopsctlError.
    """
    now = now or datetime.now(UTC)
    if not dag.paused or not dag.next_run_after or dag.next_run_after > now:
        return ScheduledRuns(dag)
    if dag.schedule == CONTINUOUS or (dag.catchup and not dag.next_run):  # the runs of a partition have no date
        return ScheduledRuns(dag, more=True)
    first = dag.next_run or dag.next_run_after
    missed = [first]
    if dag.catchup and dag.periodic:
        try:
            slots = target.metadata.slots(dag.dag_id, first, min(now, dag.end or now), LIMIT)
        except MlopsctlError as e:
            if e.code != "unknown-schedule":
                raise
            return ScheduledRuns(dag, more=True)
        missed = [at for at in slots if at >= first]
    existing = (
        {run.logical_date for run in target.metadata.runs_between(dag.dag_id, first, missed[-1])} if missed else ()
    )
    left = [at for at in missed if at not in existing and at not in named]
    return ScheduledRuns(dag, tuple(left[:LIMIT]), more=len(missed) > LIMIT, at_most=at_most)


def overdue(target: Target, now: datetime | None = None) -> list[ScheduledRuns]:
    """Of DAGs that are not paused, those with catchup that have missed several runs. `now`: as above. Raises
    MlopsctlError."""
    now = now or datetime.now(UTC)
    late = [
        dag.dag_id
        for dag in target.api.dags()
        if not dag.paused and not dag.stale and dag.next_run_after and dag.next_run_after < now
    ]
    found = (read(target, replace(target.api.dag(dag_id), paused=True), now=now) for dag_id in late)
    return [runs for runs in found if runs.question]
