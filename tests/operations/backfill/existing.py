"""A metadata database with one backfill, whose runs are those of a scripted Airflow."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from mlopsctl.adapters.airflow.metadb.interface import AirflowMetadata
from mlopsctl.core.model import Backfill, DagRun
from mlopsctl.core.states import BackfillState, EngineName
from mlopsctl.operations.platform import Platform
from tests.adapters.airflow.metadb.test_client import BACKFILL
from tests.operations.fake_airflow import Scripted

OURS = replace(
    BACKFILL, id="a1b2c3", engine=EngineName.PER_RUN, dag_paused=False, success=0, failed=0, running=0, queued=0
)
THEIRS = replace(OURS, id=7, engine=EngineName.NATIVE)


class Standing:
    """Counts what stands in `scripted`. `cancelled`: whether Airflow has closed it. `tasks`: looks at which a task is
    still at work."""

    def __init__(self, scripted: Scripted, backfill: Backfill = OURS) -> None:
        self.scripted = scripted
        self.given = backfill
        self.at_work = 0

    def now(self) -> Backfill:
        states = Counter(run["state"] for run in self.scripted.runs.values())
        active = states["running"] + states["queued"] > 0
        counted = replace(self.given, success=states["success"], failed=states["failed"])
        counted = replace(counted, running=states["running"], queued=states["queued"])
        return counted if active or not self.scripted.runs else replace(counted, state=BackfillState.DONE)

    def backfills(self, **_: Any) -> list[Backfill]:
        return [self.now()]

    def backfill_runs(self, backfill: Backfill, states: tuple[str, ...] = ()) -> list[DagRun]:
        from mlopsctl.adapters.airflow.rest.v2 import records

        with self.scripted.lock:
            found = [records.run(raw) for _, raw in sorted(self.scripted.runs.items())]
        return [run for run in found if not states or run.state in states]

    def backfill_tasks(self, backfill: Backfill, ids: set[str]) -> list[str]:
        self.at_work -= 1
        return sorted(ids) if self.at_work >= 0 else []

    def completed_runs(self, dag_id: str, run_ids: Collection[str], failed_at: datetime) -> list[str]:
        return self.scripted.completed_runs(run_ids)

    @property
    def metadata(self) -> AirflowMetadata:
        return cast(AirflowMetadata, self)

    def platform(self, folder: Path) -> Platform:
        class Parts:
            api = self.scripted.api
            metadata = self.metadata
            supervisor = None

        return cast(Platform, Parts())
