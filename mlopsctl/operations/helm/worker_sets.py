"""The workers of a platform as sets of the Helm chart: those that take tasks from the same queues are one set."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers.head import HEAD_QUEUES, slots
from mlopsctl.operations.workers.registry import Registry

DEFAULT = "default"  # the name of the set that the chart makes by itself


@dataclass(frozen=True)
class WorkerSet:
    """`replicas`: how many workers with so many slots each."""

    name: str
    queues: tuple[str, ...]
    slots: int
    replicas: int


def worker_sets(platform: Platform) -> list[WorkerSet]:
    """The set of this machine first. A host that has not reported yet is not counted: its slots are not known."""
    if not platform.settings.has_workers:
        return []
    reports = (worker.report for worker in Registry(platform.home).workers())
    others = ((report.queues, report.slots) for report in reports if report)
    counted = Counter([(HEAD_QUEUES, slots(platform.settings)), *others])
    sets = [WorkerSet(DEFAULT, queues, size, number) for (queues, size), number in counted.items()]
    return [sets[0], *_named(sets[1:])]


def _named(sets: list[WorkerSet]) -> Iterator[WorkerSet]:
    """With a name for each that Kubernetes accepts as a part of a pod's name."""
    taken = {DEFAULT}
    for found in sets:
        name = re.sub(r"[^a-z0-9]+", "-", "-".join(found.queues).lower()).strip("-")[:30].strip("-") or "workers"
        unique = next(n for n in (name, *(f"{name}-{i}" for i in range(2, len(sets) + 3))) if n not in taken)
        taken.add(unique)
        yield replace(found, name=unique)
