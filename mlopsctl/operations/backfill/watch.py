"""Watch a backfill that somebody began, of either engine, as `mlopsctl backfill` watches its own."""

import time
from collections.abc import Iterator
from dataclasses import replace

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.metadb.interface import AirflowMetadata
from mlopsctl.core import dates
from mlopsctl.core.deadline import SERVER_SILENT, Deadline
from mlopsctl.core.errors import MlopsctlError, TimedOut, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Backfill, PlannedRun
from mlopsctl.core.states import RunAction
from mlopsctl.operations.backfill.controller import run
from mlopsctl.operations.backfill.find import again
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest
from mlopsctl.operations.backfill.progress import Progress
from mlopsctl.operations.backfill.resolve import Reader
from mlopsctl.operations.backfill.run_counts import Counts

RECOUNT = 5.0  # seconds between two questions to the metadata: new runs, paused, cancelled
SETTLE = 2.0  # seconds within which an mlopsctl that makes runs makes the next one
PAUSE = 0.5


def plan(metadata: AirflowMetadata, api: AirflowApi, backfill: Backfill, reader: Reader | None = None) -> BackfillPlan:
    """Its runs, all to be awaited and none to be made. `reader`: of all runs of the range; None: the API.

    Raises MlopsctlError for one whose runs have no dates.
    """
    dag, zone = api.dag(backfill.dag_id), dates.load_timezone(backfill.timezone)
    runs = metadata.backfill_runs(backfill)
    planned = tuple(
        PlannedRun(run.logical_date.astimezone(zone).date(), run.logical_date, RunAction.KEPT, run.state, run.run_id)
        for run in runs
        if run.logical_date
    )
    if len(planned) < len(runs):
        raise MlopsctlError(
            f"{dag.dag_id} runs by partition, not by date: mlopsctl cannot watch it.",
            hint=Hint.of("runs", dag.dag_id),
            code="partitioned",
        )
    days = [at.astimezone(zone).date() for at in (backfill.start, backfill.end)]
    made = BackfillPlan(dag, BackfillRequest(), days[0], days[1], backfill.engine, planned)
    listed = (reader or api.runs)(dag.dag_id, *made.bounds)  # strangers too: they are not to be counted
    return replace(made, there=tuple((run.logical_date, run.state) for run in listed if run.logical_date))


class Watching:
    """`plan` is made anew when runs have come or gone: an mlopsctl that has not ended makes some."""

    def __init__(
        self, metadata: AirflowMetadata, api: AirflowApi, backfill: Backfill, reader: Reader | None = None
    ) -> None:
        """`reader`: of many runs; None: the API, which takes a millisecond for each whenever one has been made."""
        self._metadata = metadata
        self._api = api
        self.reader = reader or api.runs
        self.backfill = backfill
        self.plan = plan(metadata, api, backfill, self.reader)
        self._began = self._asked = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def _over(self) -> bool:
        """Airflow closes its own up to 30 s after the last run; one without any run is still being made."""
        return not self.backfill.active or (self.backfill.total > 0 and not self.backfill.unfinished)

    def steps(self, timeout: float | None) -> Iterator[Progress]:
        """Until its last run has ended; the last snapshot has `runs`. Raises TimedOut, and as run() does."""
        while not self._over:
            for step in self._round():
                yield replace(step, seconds=self.seconds, backfill_id=self.backfill.id)
                self._in_time(timeout, step.counts)
                if self._changed():
                    break  # a new plan
            yield from self._refresh()
        yield replace(self._now(), runs=self.plan.runs)

    def _now(self, message: str = "") -> Progress:
        return Progress(Counts.of(self.plan.runs), self.seconds, message=message, backfill_id=self.backfill.id)

    def _refresh(self) -> Iterator[Progress]:
        if self.backfill.engine == "runs" and self.backfill.state == "running":
            time.sleep(SETTLE)
        deadline = Deadline(SERVER_SILENT)
        while True:
            try:
                self.backfill = again(self._metadata, self.backfill)
                self.plan = plan(self._metadata, self._api, self.backfill, self.reader)
                return
            except Unavailable as e:
                if deadline.expired:
                    raise
                yield self._now(e.message)
            time.sleep(PAUSE)

    def _round(self) -> Iterator[Progress]:
        if not self.plan.waits:
            yield self._now("Airflow is making its runs")
            time.sleep(PAUSE)
            return
        for step in run(self.plan, self._api, reader=self.reader):
            yield replace(step, message=step.message or self._paused(), runs=())

    def _paused(self) -> str:
        if self.backfill.state != "paused":
            return ""
        return f"it is paused; to go on: mlopsctl backfills resume {self.backfill.id}"

    def _changed(self) -> bool:
        """Whether its runs are others than those of the plan."""
        if time.monotonic() - self._asked < RECOUNT:
            return False
        self._asked = time.monotonic()
        try:
            self.backfill = again(self._metadata, self.backfill)
        except Unavailable:
            return False  # run() speaks of a platform that does not answer, and knows when to give up
        return self._over or self.backfill.total != len(self.plan.runs)

    def _in_time(self, timeout: float | None, counts: Counts) -> None:
        if timeout is None or self.seconds < timeout:
            return
        raise TimedOut(
            f"after {timeout:.0f} s {counts.active} of {counts.total} runs of backfill {self.backfill.id} have not "
            "ended; they go on.",
            hint=Hint.of("backfills", "watch", self.backfill.id),
        )
