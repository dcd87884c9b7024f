"""RunMetadata by Airflow's API alone, for an Airflow elsewhere. `metadb/interface.py` describes the methods."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise

from mlopsctl.adapters.airflow.api_metadata import schedule
from mlopsctl.adapters.airflow.api_metadata.owners import is_unclearable, native_backfill, own_backfill
from mlopsctl.adapters.airflow.api_metadata.summary import from_native, from_own
from mlopsctl.adapters.airflow.interface import MAX_SLOTS, AirflowApi, RequestRejected
from mlopsctl.adapters.airflow.metadb.interface import ENDED_LISTED
from mlopsctl.core.model import Backfill, BackfillId, DagDetails, DagRun, Interval, NativeBackfill
from mlopsctl.core.states import ENDED_TASK_STATES, EngineName, Reprocess, RunState, TaskState

AT_ONCE = 4  # requests
RECENT = 1000  # runs, by their last change, among which backfills of engine `runs` are looked for
OWN_ID = re.compile(r"[0-9a-f]{6}")
FIRST_PART = timedelta(days=1)  # of a range whose dates are asked for
BEFORE = timedelta(days=40)  # longer than the longest common interval, a month


class ApiMetadata:
    """Remembers the range of each backfill of engine `runs` that it has seen: nothing but its runs names it."""

    def __init__(self, api: AirflowApi) -> None:
        self._api = api
        self._ranges: dict[str, tuple[str, datetime, datetime]] = {}

    def timezone(self, dag_id: str) -> str | None:
        return self._api.dag(dag_id).timezone or None

    def slots(self, dag_id: str, start: datetime, end: datetime, limit: int = MAX_SLOTS) -> Mapping[datetime, Interval]:
        """From the dry run of Airflow's backfill, which leaves out dates that are queued or running now."""
        dag = self._api.dag(dag_id)
        if not dag.backfillable:  # Airflow 2 has no backfill of its own
            return schedule.slots(dag, start, end, limit=limit)
        if dag.empty_intervals:
            return {at: (at, at) for at in self._dates(dag_id, start, end, limit)}
        instants = self._dates(dag_id, start - BEFORE, end, limit)
        intervals = dict(zip(instants, pairwise(instants), strict=False))
        if len(instants) > 1:  # the one after the last has not ended yet: it is as long as the one before
            last, length = instants[-1], instants[-1] - instants[-2]
            intervals[last] = (last, last + length)
        return {at: interval for at, interval in intervals.items() if at >= start}

    def _dates(self, dag_id: str, start: datetime, end: datetime, limit: int) -> list[datetime]:
        """In growing parts, until there are more than `limit`: the server makes a query for each date. A part begins
        with the last date found, because the dates of an interval are counted from the start of a part."""
        found: dict[datetime, None] = {}
        until, part = start, FIRST_PART
        while until < end and len(found) <= limit:
            until = min(until + part, end)
            part *= 4
            dates = self._api.dry_run_backfill(dag_id, max(found, default=start), until, reprocess=Reprocess.COMPLETED)
            found |= dict.fromkeys(dates)
        return list(found)

    def prepare_slots(self) -> None:
        """Nothing to start: the server has them."""

    def triggered_dags(self, dag_id: str) -> list[tuple[str, str]]:
        """The API shows the tasks only."""
        return [(task, "") for task in self._api.trigger_tasks(dag_id)]

    def runs_between(self, dag_id: str, start: datetime, end: datetime) -> list[DagRun]:
        return self._api.runs(dag_id, start, end)

    def backfills(self, *, dag_id: str = "", id_: BackfillId = "", ended: int | None = ENDED_LISTED) -> list[Backfill]:
        if id_ and not str(id_).isdecimal() and not OWN_ID.fullmatch(str(id_)):
            return []
        dags = {dag.dag_id: dag for dag in ([self._api.dag(dag_id)] if dag_id else self._api.dags())}
        found = [*self._native(dags, str(id_), ended), *self._own(dags, str(id_), ended)]
        found.sort(key=lambda backfill: backfill.began, reverse=True)
        over = [backfill for backfill in found if not backfill.active]
        return [*(b for b in found if b.active), *(over if ended is None else over[:ended])]

    def _native(self, dags: Mapping[str, DagDetails], id_: str, ended: int | None) -> Iterator[Backfill]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            has_any = any(dag.backfillable for dag in dags.values())
            by_id = self._native_by_id(id_) if id_ and has_any else []
            records = by_id if id_ else self._native_of(pool, dags)
            known = [record for record in records if record.dag_id in dags]
            known.sort(key=lambda record: record.id, reverse=True)
            over = [record for record in known if not record.active]
            shown = [record for record in known if record.active or ended is None or record in over[:ended]]
            yield from pool.map(self._read_native, shown)

    def _native_by_id(self, id_: str) -> list[NativeBackfill]:
        if not id_.isdecimal():
            return []
        try:
            return [self._api.backfill(int(id_))]
        except RequestRejected as e:
            if e.status != 404:
                raise
            return []

    def _native_of(self, pool: ThreadPoolExecutor, dags: Mapping[str, DagDetails]) -> list[NativeBackfill]:
        """The API lists them by DAG only."""
        ids = [dag_id for dag_id, dag in dags.items() if dag.backfillable]
        return [record for listed in pool.map(self._api.list_backfills, ids) for record in listed]

    def _read_native(self, record: NativeBackfill) -> Backfill:
        dag, backfills = self._api.dag(record.dag_id), self._api.list_backfills(record.dag_id)
        return from_native(record, dag, self._runs_of_native(record, backfills))

    def _runs_of_native(self, record: NativeBackfill, backfills: Sequence[NativeBackfill]) -> list[DagRun]:
        found = []
        for run in self._api.runs(record.dag_id, record.start, record.end):
            native = native_backfill(run, backfills)
            if native and native.id == record.id and not own_backfill(run, backfills):
                found.append(run)
        return found

    def _own(self, dags: Mapping[str, DagDetails], id_: str, ended: int | None) -> Iterator[Backfill]:
        (only,) = dags if len(dags) == 1 else ("",)
        for run in self._api.changed_runs(only, RECENT if ended is not None else None):
            owner = run.owner or run.cancelled_by
            if owner and run.logical_date and run.dag_id in dags:
                self._remember(owner, run.dag_id, run.logical_date)
        for owner, (dag_id, start, end) in list(self._ranges.items()):
            if id_ in ("", owner) and dag_id in dags and (runs := self._runs_of_own(owner, dag_id, start, end)):
                yield from_own(owner, self._api.dag(dag_id), runs, self._api.list_backfills(dag_id))

    def _remember(self, owner: str, dag_id: str, at: datetime) -> None:
        _, start, end = self._ranges.get(owner, (dag_id, at, at))
        self._ranges[owner] = (dag_id, min(start, at), max(end, at))

    def _runs_of_own(self, owner: str, dag_id: str, start: datetime, end: datetime) -> list[DagRun]:
        backfills = self._api.list_backfills(dag_id)
        return [run for run in self._api.runs(dag_id, start, end) if own_backfill(run, backfills) == owner]

    def backfill_runs(self, backfill: Backfill, states: Sequence[str] = ()) -> list[DagRun]:
        if backfill.engine == EngineName.NATIVE:
            record = self._api.backfill(int(backfill.id))
            found = self._runs_of_native(record, self._api.list_backfills(backfill.dag_id))
        else:
            found = self._runs_of_own(str(backfill.id), backfill.dag_id, backfill.start, backfill.end)
        return [run for run in found if not states or run.state in states]

    def unclearable_runs(self, dag_id: str) -> set[str]:
        backfills = self._api.list_backfills(dag_id)
        cancelled = [backfill for backfill in backfills if backfill.cancelled]
        if not cancelled:
            return set()
        runs = self._api.runs(dag_id, min(b.start for b in cancelled), max(b.end for b in cancelled))
        return {run.run_id for run in runs if is_unclearable(run, backfills)}

    def completed_runs(self, dag_id: str, run_ids: Collection[str], failed_at: datetime) -> list[str]:
        """The API does not show when a task was skipped, so a run with skipped tasks is none of them."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = pool.map(lambda run_id: (run_id, self._is_completed(dag_id, run_id)), run_ids)
            return [run_id for run_id, completed in found if completed]

    def empty_runs(self, dag_id: str, start: datetime, end: datetime) -> set[str]:
        api = self._api
        found = {run.run_id for run in api.runs(dag_id, start, end, [RunState.SUCCESS])}
        if not found or self._is_complete(dag_id, start, end):
            return set()
        return found - {task.run_id for task in api.tasks_between(dag_id, start, end, ENDED_TASK_STATES)}

    def _is_complete(self, dag_id: str, start: datetime, end: datetime) -> bool:
        """Whether as many tasks have ended as all runs have. To read every task would take a millisecond for each."""
        number, mapped = self._api.count_dag_tasks(dag_id)
        runs = self._api.count_runs(dag_id, start, end, ())
        return not mapped and self._api.count_tasks(dag_id, start, end, ENDED_TASK_STATES) == number * runs > 0

    def _is_completed(self, dag_id: str, run_id: str) -> bool:
        if self._api.run(dag_id, run_id).state != RunState.FAILED:
            return False
        tasks = self._api.task_instances(dag_id, run_id)
        return bool(tasks) and all(task.state == TaskState.SUCCESS for task in tasks)
