"""Workers as a table."""

import time
from collections.abc import Sequence

from mlopsctl.cli._common.output import Output
from mlopsctl.core.text import duration
from mlopsctl.core.workers import WorkerRow

HEADER = ("HOST", "STATE", "QUEUES", "BUSY", "AIRFLOW", "DAGS", "UP")
SHORT_HEADER = ("HOST", "STATE", "QUEUES", "BUSY", "UP")


def show(out: Output, workers: Sequence[WorkerRow]) -> None:
    """With the versions that they have."""
    rows = [(*_row(worker)[:-1], worker.version, worker.dags_revision, _up(worker)) for worker in workers]
    out.table(HEADER, rows)
    for worker in workers:
        if worker.problem:
            out.text(f"{worker.host} cannot get what the head has: {worker.problem}")


def show_short(out: Output, workers: Sequence[WorkerRow]) -> None:
    out.table(SHORT_HEADER, [_row(worker) for worker in workers])


def _row(worker: WorkerRow) -> tuple[str, ...]:
    return worker.host, worker.state, ",".join(worker.queues), f"{worker.busy}/{worker.slots}", _up(worker)


def _up(worker: WorkerRow) -> str:
    return duration(time.time() - worker.since) if worker.since else ""
