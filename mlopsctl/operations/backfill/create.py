"""Making the runs of a plan, in threads, while somebody else watches. What cannot be done now is tried again."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from mlopsctl.adapters.airflow_api import ACTIVE, AirflowApi
from mlopsctl.adapters.airflow_http import Refused
from mlopsctl.adapters.airflow_metadata import note
from mlopsctl.errors import Unavailable
from mlopsctl.model import PlannedRun
from mlopsctl.operations.backfill.check import active
from mlopsctl.operations.backfill.plan import RUN_ID_PREFIX, BackfillPlan
from mlopsctl.operations.patience import Patience

THREADS = 4
CLEAR_AT_ONCE = 25
PAUSE = 0.5  # seconds between two attempts
CLOSING = 200.0  # seconds within which Airflow closes a backfill whose runs have ended, or that never got any

Job = Callable[[], None]


class Creation:
    """The runs of `plan` being made. A context: left early, what has not begun is not begun."""

    def __init__(self, plan: BackfillPlan, api: AirflowApi, new_id: str) -> None:
        """`new_id`: how the backfill is called where Airflow's engine gives it no number."""
        self._plan = plan
        self._api = api
        self._began = datetime.now(UTC)
        self.backfill_id: int | str | None = plan.open.id if plan.open and plan.ours else None
        if self.backfill_id is None and plan.engine == "runs" and (plan.work or plan.standing_id):
            self.backfill_id = new_id
        self._note = note(new_id) if plan.engine == "runs" else ""
        self.message = ""
        self.error: Exception | None = None
        # What is to run again and still stands as it ended, by state.
        self.pending = Counter(run.state for run in plan.of("again") if run.state not in ACTIVE)
        self._stop = threading.Event()
        self._turn = threading.Lock()  # with a limit: nobody creates while somebody counts
        self._stuck = sum(run.stuck for run in plan.runs)  # queued, and never to start: they take no room
        self._room = plan.max_active - sum(run.state in ACTIVE and not run.stuck for run in plan.runs)
        self._jobs = deque(self._airflow_jobs() if plan.engine == "airflow" else self._run_jobs())
        number = 1 if self._limited or plan.engine == "airflow" else THREADS
        # Daemons: a second Ctrl-C must not wait for an answer of the server.
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(min(number, len(self._jobs)))]

    def __enter__(self) -> "Creation":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for thread in self._threads:
            thread.join(5)

    def stop(self) -> None:
        """Begin nothing more."""
        self._stop.set()

    @property
    def done(self) -> bool:
        """Whether there is nothing left to make. Raises what ended the making, MlopsctlError where it was foreseen."""
        over = not any(thread.is_alive() for thread in self._threads)
        if self.error:
            raise self.error
        return over

    @property
    def _limited(self) -> bool:
        """Whether runs are made only as others end: as many as may be active, and none after too many failures."""
        wish = self._plan.wish
        return self._plan.engine == "runs" and (wish.max_active is not None or wish.max_failures is not None)

    def count(self, look: Callable[[], int]) -> None:
        """`look`, which tells how many runs are active, while no run is being made; there is room for the rest."""
        with self._turn:
            self._room = self._plan.max_active - look() + self._stuck

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                job = self._jobs.popleft()
            except IndexError:
                return
            try:
                self._patiently(job)
            except Exception as e:  # noqa: BLE001  # a thread's traceback must reach the funnel, by who asks for `done`
                self.error = e
                self._stop.set()

    def _patiently(self, job: Job) -> None:
        while not self._stop.is_set():
            try:
                if self._limited and not self._in_turn(job):
                    self._stop.wait(0.1)
                    continue
                if not self._limited:
                    job()
                self.message = ""
                return
            except Unavailable as e:
                self.message = e.message
            self._stop.wait(PAUSE)

    def _in_turn(self, job: Job) -> bool:
        with self._turn:
            if self._room < 1 or self._stop.is_set():
                return False
            job()
            self._room -= 1
        return True

    # Run by run

    def _run_jobs(self) -> Iterator[Job]:
        again, step = self._plan.of("again"), 1 if self._limited else CLEAR_AT_ONCE
        clearable = [run for run in again if not run.doomed]
        for at in range(0, len(clearable), step):
            yield self._clear(clearable[at : at + step])
        for number, run in enumerate(self._plan.of("new")):
            yield self._create(run, number)
        for number, run in enumerate(run for run in again if run.doomed):
            yield self._replace(run, number)

    def _create(self, run: PlannedRun, number: int) -> Job:
        return lambda: self._make(run, number)

    def _make(self, run: PlannedRun, number: int, conf: Mapping[str, Any] | None = None) -> None:
        plan = self._plan
        # Of hours of one day each has its own: the instant tells them apart.
        word = f"{run.date}" if not plan.dag.periodic else f"{run.logical_date.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
        self._api.create_run(
            plan.dag.dag_id,
            run.logical_date,
            run_id=f"{RUN_ID_PREFIX}{self.backfill_id}__{word}",
            conf=plan.wish.conf if conf is None else conf,
            # The scheduler starts them in this order, whichever of our threads comes first.
            run_after=self._began - timedelta(seconds=1) + timedelta(microseconds=number),
            interval=None if plan.dag.exact else run.interval,
        )

    def _replace(self, run: PlannedRun, number: int) -> Job:
        """Of a run that clearing would leave queued for ever: a new one in its place, with its conf."""
        conf: list[Mapping[str, Any]] = []

        def job() -> None:
            standing = self._api.runs(self._plan.dag.dag_id, run.logical_date, run.logical_date)
            if any(r.run_id == run.run_id for r in standing):
                conf.append(self._api.conf(self._plan.dag.dag_id, run.run_id))
                self._api.delete_runs(self._plan.dag.dag_id, [run.run_id])
            self._make(run, number, conf[-1] if conf else None)
            self._stuck -= run.stuck
            self.pending.subtract([run.state])

        return job

    def _clear(self, runs: list[PlannedRun]) -> Job:
        tried = False

        def job() -> None:
            nonlocal tried
            chosen = self._unmoved(runs) if tried else [run.run_id for run in runs]
            tried = True
            if chosen:
                self._api.clear_runs(self._plan.dag.dag_id, chosen, note=self._note)
            self.pending.subtract(run.state for run in runs)

        return job

    def _unmoved(self, runs: list[PlannedRun]) -> list[str]:
        """Those that stand as they ended before we began: a lost answer does not tell whether they were cleared."""
        instants = [run.logical_date for run in runs]
        ids = {run.run_id for run in runs}
        standing = self._api.runs(self._plan.dag.dag_id, min(instants), max(instants))
        ended = [r for r in standing if r.run_id in ids and r.state not in ACTIVE]
        return [r.run_id for r in ended if r.end is None or r.end < self._began]

    # Airflow's engine

    def _airflow_jobs(self) -> Iterator[Job]:
        plan = self._plan
        if stuck := [run for run in plan.runs if run.stuck]:
            yield self._free(stuck)
        if plan.ours and plan.open:
            again = plan.of("again")  # they go on under the backfill that is still open
            for at in range(0, len(again), CLEAR_AT_ONCE):
                yield self._clear(again[at : at + CLEAR_AT_ONCE])
            if not plan.of("new"):
                return
        if plan.work:
            yield self._backfill

    def _free(self, stuck: Sequence[PlannedRun]) -> Job:
        """Airflow's backfill takes failed runs over, never queued ones; and with `none`, only what is not there."""
        ids = [run.run_id for run in stuck]

        def job() -> None:
            if self._plan.reprocess == "none":
                self._api.delete_runs(self._plan.dag.dag_id, ids)
            else:
                self._api.fail_runs(self._plan.dag.dag_id, ids)
                self.pending["failed"] += len(ids)

        return job

    def _backfill(self) -> None:
        self._begin()
        self.pending.clear()

    def _begin(self) -> None:
        plan = self._plan
        self._await_closing()
        if self._stop.is_set():
            return
        try:
            self.backfill_id = self._api.create_backfill(
                plan.dag.dag_id,
                *plan.days,
                reprocess=plan.reprocess,
                reverse=plan.wish.reverse,
                max_active=plan.max_active,
                conf=plan.wish.conf,
            ).id
        except Refused as e:
            if e.status != 409:
                raise
            self._adopt()

    def _await_closing(self) -> None:
        """Airflow takes no second backfill on a DAG until it has closed the one before."""
        patience = Patience(CLOSING)
        while not self._stop.is_set() and (standing := self._api.active_backfill(self._plan.dag.dag_id)):
            moving = self._api.count_runs(standing.dag_id, standing.start, standing.end, ACTIVE)
            if moving and not self._plan.is_ours(standing):
                raise active(standing.dag_id, standing.id, f"{moving} runs have not ended")
            if moving:
                patience.renew()
            if patience.over:
                raise active(standing.dag_id, standing.id, "Airflow does not close it")
            self.message = f"backfill {standing.id} has to end first" + (
                "" if moving else ": its runs have ended, Airflow closes it within 30 s"
            )
            self._stop.wait(1)
        self.message = ""

    def _adopt(self) -> None:
        """Our own request may have got through while its answer did not."""
        standing = self._api.active_backfill(self._plan.dag.dag_id)
        if standing and not self._plan.is_ours(standing):
            raise active(standing.dag_id, standing.id, "it began a moment ago")
        self.backfill_id = standing.id if standing else None
