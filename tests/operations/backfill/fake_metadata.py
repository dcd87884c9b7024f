"""A metadata database with one backfill, whose runs are those of a FakeAirflow."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from mlopsctl.adapters.airflow.metadb.interface import RunMetadata
from mlopsctl.adapters.airflow.rest.common import records
from mlopsctl.core.model import Backfill, DagRun
from mlopsctl.core.states import BackfillState, EngineName
from mlopsctl.operations.target import Target
from tests.adapters.airflow.metadb.test_client import BACKFILL
from tests.operations.fake_airflow import FakeAirflow

PER_RUN = replace(
    BACKFILL, id="a1b2c3", engine=EngineName.PER_RUN, dag_paused=False, success=0, failed=0, running=0, queued=0
)
NATIVE = replace(PER_RUN, id=7, engine=EngineName.NATIVE)


class FakeMetadata:
    """`task_looks`: how many more times a task of the backfill is still running."""

    def __init__(self, airflow: FakeAirflow, backfill: Backfill = PER_RUN) -> None:
        self.airflow, self.task_looks = airflow, 0
        self._backfill = backfill

    @property
    def backfill(self) -> Backfill:
        states = Counter(run["state"] for run in self.airflow.runs.values())
        counts: dict[str, Any] = {state: states[state] for state in ("success", "failed", "running", "queued")}
        counted = replace(self._backfill, **counts)
        over = self.airflow.runs and not counted.unfinished and counted.active
        return replace(counted, state=BackfillState.DONE) if over else counted

    def backfills(self, **_: Any) -> list[Backfill]:
        return [self.backfill]

    def backfill_runs(self, backfill: Backfill, states: Collection[str] = ()) -> list[DagRun]:
        found = [records.run(raw) for _, raw in sorted(self.airflow.runs.items())]
        return [run for run in found if not states or run.state in states]

    def count_running_tasks(self, backfill: Backfill, since: float) -> int:
        self.task_looks -= 1
        return int(self.task_looks >= 0)

    def completed_runs(self, dag_id: str, run_ids: Collection[str], failed_at: datetime) -> list[str]:
        return self.airflow.completed_runs(run_ids)

    def empty_runs(self, dag_id: str, start: datetime, end: datetime) -> set[str]:
        return self.airflow.empty

    @property
    def metadata(self) -> RunMetadata:
        return cast(RunMetadata, self)

    def target(self) -> Target:
        class Parts:
            api = self.airflow.api
            metadata = self.metadata
            count_running_tasks = self.count_running_tasks

        return cast(Target, Parts())
