"""Making the runs of a plan, in threads, while somebody else watches. What cannot be done now is tried again."""

import threading
from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.deadline import SERVER_SILENT, Deadline
from mlopsctl.core.errors import Unavailable
from mlopsctl.core.states import ACTIVE_RUN_STATES, RunState
from mlopsctl.operations.backfill.engines import native, per_run
from mlopsctl.operations.backfill.plan import BackfillPlan
from mlopsctl.operations.backfill.submission_state import Job, Making

THREADS = 4
PAUSE = 0.5  # seconds between two attempts


class Creation:
    """The runs of `plan` being made. A context: left early, what has not begun is not begun."""

    def __init__(self, plan: BackfillPlan, api: AirflowApi, new_id: str) -> None:
        """`new_id`: how the backfill is called where Airflow's engine gives it no number."""
        self._plan = plan
        self._making = Making.of(plan, api, new_id)
        self.error: Exception | None = None
        self._turn = threading.Lock()  # with a limit: nobody creates while somebody counts
        self._room = plan.max_active - sum(run.state in ACTIVE_RUN_STATES and not run.orphaned for run in plan.runs)
        if plan.engine == "airflow":
            self._jobs = deque(native.jobs(self._making))
        else:
            self._jobs = deque(per_run.jobs(self._making, 1 if self._limited else per_run.CLEAR_AT_ONCE))
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
        self._making.stop.set()

    @property
    def done(self) -> bool:
        """Whether there is nothing left to make. Raises what ended the making, MlopsctlError where it was foreseen."""
        over = not any(thread.is_alive() for thread in self._threads)
        if self.error:
            raise self.error
        return over

    @property
    def backfill_id(self) -> int | str | None:
        """None: Airflow has given it no number yet."""
        return self._making.backfill_id

    @property
    def message(self) -> str:
        """What it waits for; else empty."""
        return self._making.message

    @property
    def halted(self) -> str:
        """Why somebody else wants no more of it; else empty."""
        return self._making.halted

    @property
    def pending(self) -> Counter[RunState]:
        """What is to run again and still stands as it ended, by state."""
        return self._making.pending

    @property
    def begun(self) -> frozenset[datetime]:
        """The logical dates whose runs were made or queued again."""
        return frozenset(self._making.begun)

    @property
    def _limited(self) -> bool:
        """Whether runs are made only as others end: as many as may be active, and none after too many failures."""
        request = self._plan.request
        return self._plan.engine == "runs" and (request.max_active is not None or request.max_failures is not None)

    def count(self, look: Callable[[], int]) -> None:
        """`look`, which tells how many runs are active, while no run is being made; there is room for the rest."""
        with self._turn:
            self._room = self._plan.max_active - look() + self._making.orphaned

    def _work(self) -> None:
        while not self._making.stop.is_set():
            try:
                job = self._jobs.popleft()
            except IndexError:
                return
            try:
                self._patiently(job)
            except Exception as e:  # noqa: BLE001  # a thread's traceback must reach the funnel, by who asks for `done`
                self.error = e
                self.stop()

    def _patiently(self, job: Job) -> None:
        making, deadline = self._making, Deadline(SERVER_SILENT)
        while not making.stop.is_set():
            try:
                if self._limited and not self._in_turn(job):
                    deadline.renew()
                    making.stop.wait(0.1)
                    continue
                if not self._limited:
                    job()
                making.message = ""
                return
            except Unavailable as e:
                if deadline.expired:
                    raise
                making.message = e.message
            making.stop.wait(PAUSE)

    def _in_turn(self, job: Job) -> bool:
        with self._turn:
            if self._room < 1 or self._making.stop.is_set():
                return False
            job()
            self._room -= 1
        return True
