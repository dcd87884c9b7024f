"""The DAGs that the runs of a backfill start: those that wait for an asset, and those that a task triggers."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mlopsctl.adapters.airflow.interface import AirflowApi, RequestRejected
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, poll
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import PlannedRun
from mlopsctl.core.result import Message
from mlopsctl.core.text import plural, shorten
from mlopsctl.operations.target import Target

NAMES = 5  # that a message lists
SCHEDULER = 3.0  # seconds after the last update within which the scheduler has created the runs that it starts
FORBIDDEN, NOT_FOUND = 403, 404  # HTTP


@dataclass(frozen=True)
class DownstreamDag:
    """`asset`: which it waits for; empty: `task` triggers it. `dag_id`: empty if it is not known. `unused`: updates of
    the asset that none of its runs has taken in; None: not known yet, or it does not matter."""

    dag_id: str
    paused: bool = False
    asset: str = ""
    task: str = ""
    unused: int | None = None


def read(target: Target, dag_id: str) -> tuple[DownstreamDag, ...]:
    """As the server knows them before the backfill; of assets only those that the account may read. Raises
    Unavailable."""
    try:
        consumers = target.api.asset_consumers(dag_id)
    except RequestRejected as e:
        if e.status != FORBIDDEN:
            raise
        consumers = []
    waiting = [DownstreamDag(found.dag_id, asset=found.asset) for found in consumers]
    triggered = [DownstreamDag(name, task=task) for task, name in target.metadata.triggered_dags(dag_id)]
    return tuple(replace(dag, paused=_is_paused(target.api, dag.dag_id)) for dag in (*waiting, *triggered))


def _is_paused(api: AirflowApi, dag_id: str) -> bool:
    try:
        return bool(dag_id) and api.dag_summary(dag_id).paused
    except RequestRejected as e:
        if e.status != NOT_FOUND:  # a task may name a DAG that does not exist
            raise
        return False


def plan_messages(dags: Sequence[DownstreamDag], *, at_once: bool) -> Iterator[Message]:
    """What the user should know before the backfill starts. `at_once`: several of its runs may run at a time."""
    for asset, waiting in _by_asset(dags).items():
        if active := [dag.dag_id for dag in waiting if not dag.paused]:
            yield _starts(asset, active, at_once)
        if len(active) > 1 and at_once:
            yield Message.warning(
                f"{len(active)} DAGs wait for {asset}: tasks that update it at the same moment can fail after their "
                "work because of a deadlock in Airflow's database (apache/airflow#70128), unless with --max-active 1."
            )
        if paused := [dag.dag_id for dag in waiting if dag.paused]:
            yield Message(f"  {shorten(paused, NAMES)}: paused, not started by updates of {asset}")
    for dag in dags:
        if dag.task:
            state = ", which is paused: they would stay queued" if dag.paused else ""
            yield Message(f"  its task {dag.task} creates runs of {dag.dag_id or 'another DAG'}{state}")


def _starts(asset: str, dag_ids: Sequence[str], at_once: bool) -> Message:
    text = f"  its runs update {asset}, which starts {shorten(dag_ids, NAMES)}"
    if not at_once:
        return Message(text)
    return Message(f"{text}: one run for many updates", hint=Hint(note="to have one run for each: --max-active 1"))


def count_unused(
    api: AirflowApi,
    dag_id: str,
    dags: Sequence[DownstreamDag],
    runs: Sequence[PlannedRun],
    since: datetime,
    clock: Clock = SYSTEM_CLOCK,
) -> tuple[DownstreamDag, ...]:
    """With the updates of `runs` since then that no run has taken in, after waiting for the scheduler. Raises
    Unavailable."""
    ids, last = {run.run_id for run in runs}, Counter[DownstreamDag]()
    waiting = [dag for dag in dags if dag.asset and not dag.paused]

    def all_used() -> bool:
        last.clear()
        for event in api.asset_events(dag_id, since):
            if event.run_id in ids:
                last.update(dag for dag in waiting if dag.asset == event.asset and dag.dag_id not in event.consumed_by)
        return not last

    if waiting:
        poll(all_used, every=0.5, give_up_after=SCHEDULER, clock=clock)
    return tuple(replace(dag, unused=last[dag]) if dag in waiting else dag for dag in dags)


def unused_messages(dags: Sequence[DownstreamDag], rerun: Hint) -> Iterator[Message]:
    """`rerun`: the command that runs the last date again."""
    groups: dict[tuple[str, int], list[str]] = {}
    for dag in dags:
        if dag.unused:
            groups.setdefault((dag.asset, dag.unused), []).append(dag.dag_id)
    for (asset, number), names in groups.items():
        text = f"{plural(number, 'update')} of {asset} started no run of {shorten(names, NAMES)}: the next run takes "
        note = f"updates {asset} again, which starts that run unless it waits for other assets, too"
        yield Message.warning(f"{text}{'it' if number == 1 else 'them'} in.", replace(rerun, note=note))


def data(dags: Sequence[DownstreamDag]) -> list[Mapping[str, object]]:
    """Their JSON."""
    return [
        {"dag_id": dag.dag_id or None, "paused": dag.paused, "asset": dag.asset or None, "task": dag.task or None,
         "unused_updates": dag.unused}
        for dag in dags
    ]  # fmt: skip


def _by_asset(dags: Sequence[DownstreamDag]) -> dict[str, list[DownstreamDag]]:
    found: dict[str, list[DownstreamDag]] = {}
    for dag in dags:
        if dag.asset:
            found.setdefault(dag.asset, []).append(dag)
    return found
