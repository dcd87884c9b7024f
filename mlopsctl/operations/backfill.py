"""Carrying out a backfill: make the runs, watch them to the end, tell what became of them."""

import secrets
import time
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

from mlopsctl.adapters.airflow_api import AirflowApi
from mlopsctl.errors import TimedOut, Unavailable
from mlopsctl.model import PlannedRun
from mlopsctl.operations.create_backfill import Creation
from mlopsctl.operations.plan_backfill import BackfillPlan, join
from mlopsctl.operations.watch_backfill import Counts, Watch

FAST, SLOW = 0.3, 1.0  # seconds between two looks
PACE = 60.0  # seconds from which the pace is taken
GIVE_UP = 900.0  # seconds without any answer
ROUNDS = 4  # how often dates that got no run are tried again


@dataclass(frozen=True)
class Progress:
    """A moment of a backfill. `eta`: seconds left, as measured. `runs`: at the end, what became of each date."""

    counts: Counts
    seconds: float
    eta: float | None = None
    message: str = ""
    backfill_id: int | str | None = None
    runs: tuple[PlannedRun, ...] = ()


def run(
    plan: BackfillPlan, api: AirflowApi, *, timeout: float | None = None, detach: bool = False
) -> Iterator[Progress]:
    """Do what `plan` says; the last snapshot has `runs`. `detach`: until all runs are made.

    Raises plan.obstacle, TimedOut (after a last snapshot), MlopsctlError where nothing more can be done.
    """
    if plan.obstacle:
        raise plan.obstacle
    work = _Work(plan, api, timeout, detach)
    if plan.dag.paused and plan.wish.unpause and plan.waits:
        api.pause(plan.dag.dag_id, False)
    yield from work.rounds()
    if work.over and plan.wish.repause and plan.dag.paused and not detach:
        api.pause(plan.dag.dag_id, True)
    yield work.last
    if not work.over and not detach:
        raise TimedOut(
            f"after {timeout:.0f} s {work.last.counts.active + work.last.counts.waiting} of {len(plan.runs)} runs have "
            "not ended; those that were made go on.",
            hint="say the same command again to wait for them",
        )


class _Work:
    """The state of one call of run()."""

    def __init__(self, plan: BackfillPlan, api: AirflowApi, timeout: float | None, detach: bool) -> None:
        self.plan, self.api, self.detach = plan, api, detach
        self.began = time.monotonic()
        self.deadline = self.began + timeout if timeout is not None else float("inf")
        self.answered = self.began  # when Airflow answered last
        self.new_id = secrets.token_hex(3)
        self.over = False
        self.pace: deque[tuple[float, int]] = deque()  # when so many were done
        self.last = Progress(Watch(plan, api).counts, 0.0)

    def rounds(self) -> Iterator[Progress]:
        """One round, as a rule. Another where a date that was to have a run has none: its maker died with it."""
        plan = self.plan
        for _ in range(ROUNDS):
            yield from self._round(plan)
            runs = yield from self._read(plan)
            self.last = replace(
                self.last, counts=Counts.of(runs), runs=self._keeping_actions(runs), message="", eta=None
            )
            lost = [run for run in runs if run.action == "new" and not run.state]
            if not lost or not self.over or self.detach:
                return
            self.over = False
            plan = join(self.api, plan.dag, plan.start, plan.end, plan.wish)
            plan = replace(plan, open=self.api.active_backfill(plan.dag.dag_id) if plan.dag.periodic else None)

    def _round(self, plan: BackfillPlan) -> Iterator[Progress]:
        watch = Watch(plan, self.api)
        with Creation(plan, self.api, self.new_id) as creation:
            while not self.over and time.monotonic() < self.deadline:
                made = creation.done  # before the look: what is made after it is not seen by it
                if made and self.detach:
                    self._remember(watch, creation, "")
                    return
                message = self._look(watch, creation)
                self.over = made and watch.idle and not message
                self._remember(watch, creation, message)
                yield self.last
                if not self.over:
                    time.sleep(_interval(self.last.eta))

    def _look(self, watch: Watch, creation: Creation) -> str:
        """Empty, or what is wrong just now. Raises MlopsctlError when Airflow has been silent for too long."""
        try:
            creation.count(lambda: watch.look().active)
            self.answered = time.monotonic()
            return watch.pulse()
        except Unavailable as e:
            if time.monotonic() - self.answered > GIVE_UP:
                raise
            return f"{e.message} Waiting for it, for {time.monotonic() - self.answered:.0f} s so far"

    def _remember(self, watch: Watch, creation: Creation, message: str) -> None:
        now = time.monotonic()
        counts, text = watch.counts, message or creation.message
        self.last = Progress(counts, now - self.began, self._eta(counts, now), text, creation.backfill_id)

    def _eta(self, counts: Counts, now: float) -> float | None:
        """From the pace of the last minute."""
        if self.pace and counts.done < self.pace[-1][1]:  # cleared runs are done no more
            self.pace.clear()
        self.pace.append((now, counts.done))
        while self.pace[0][0] < now - PACE:
            self.pace.popleft()
        since, at_first = self.pace[0]
        done = counts.done - at_first
        return (now - since) / done * (counts.total - counts.done) if done else None

    def _read(self, plan: BackfillPlan) -> Generator[Progress, None, tuple[PlannedRun, ...]]:
        while True:
            try:
                return final(plan, self.api)
            except Unavailable as e:
                if time.monotonic() - self.answered > GIVE_UP:
                    raise
                yield replace(self.last, message=e.message)
            time.sleep(SLOW)

    def _keeping_actions(self, runs: tuple[PlannedRun, ...]) -> tuple[PlannedRun, ...]:
        actions = {run.logical_date: run.action for run in self.plan.runs}
        return tuple(replace(run, action=actions.get(run.logical_date, run.action)) for run in runs)


def final(plan: BackfillPlan, api: AirflowApi) -> tuple[PlannedRun, ...]:
    """The planned runs with the state that they have now."""
    standing = {run.logical_date: run for run in api.runs(plan.dag.dag_id, *plan.bounds)}
    return tuple(
        replace(run, state=now.state, run_id=now.run_id)
        if (now := standing.get(run.logical_date))
        else replace(run, state="", run_id="")
        for run in plan.runs
    )


def _interval(eta: float | None) -> float:
    """A look costs the API server CPU that the tasks want; towards the end it looks often, to see it at once."""
    return 0.5 if eta is None else min(max(eta / 8, FAST), SLOW)
