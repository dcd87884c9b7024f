"""The list of backfills, and its JSON."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from mlopsctl.cli._common.calendar import RUN_MARKS
from mlopsctl.cli._common.output import Output
from mlopsctl.core import dates
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Backfill
from mlopsctl.core.result import Message
from mlopsctl.core.states import BackfillState
from mlopsctl.core.text import plural

MARKS = {state: mark for state, (mark, _) in RUN_MARKS.items()} | {"stuck": "!"}
LEGEND = "✓ done  ✗ failed  ▶ running  … queued  ! stuck in the queue"


def show(out: Output, found: Sequence[Backfill]) -> None:
    if found:
        rows = [(b.id, b.dag_id, _range(b), b.engine, b.state, runs(b)) for b in found]
        out.table(("ID", "DAG", "RANGE", "ENGINE", "STATE", "RUNS"), rows)


def messages(found: Sequence[Backfill]) -> Iterator[Message]:
    yield Message(LEGEND if found else "there is no backfill")
    for b in found:
        if b.orphaned:
            words = (
                f"{plural(b.orphaned, 'run')} of backfill {b.id} were cleared after it was cancelled and never start."
            )
            yield Message.warning(words, Hint.of("backfills", "cancel", b.id))


def runs(backfill: Backfill) -> str:
    """`✓12 ✗1 ▶16 …3`."""
    counts = counts_of(backfill) | {"queued": backfill.queued - backfill.orphaned}
    return " ".join(f"{mark}{counts[name]}" for name, mark in MARKS.items() if counts[name])


def _days(backfill: Backfill) -> tuple[date, date]:
    zone = dates.load_timezone(backfill.timezone)
    return backfill.start.astimezone(zone).date(), backfill.end.astimezone(zone).date()


def _range(backfill: Backfill) -> str:
    """`2024-01-01…31`, `2024-01-01…03-31`, `2023-12-01…2024-01-31`."""
    first, last = _days(backfill)
    if first == last:
        return f"{first}"
    if first.year != last.year:
        return f"{first}…{last}"
    return f"{first}…{last:%d}" if first.month == last.month else f"{first}…{last:%m-%d}"


def counts_of(backfill: Backfill) -> dict[str, int]:
    names = {name: name for name in ("total", *MARKS)} | {"stuck": "orphaned"}
    return {key: getattr(backfill, name) for key, name in names.items()}


def data(backfill: Backfill) -> dict[str, Any]:
    """The JSON of the contract. `queued` includes the stuck runs."""
    first, last = _days(backfill)
    return {
        "id": backfill.id,
        "dag_id": backfill.dag_id,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "timezone": backfill.timezone,
        "engine": backfill.engine,
        "state": backfill.state,
        "active": backfill.active,
        "paused": backfill.state == BackfillState.PAUSED,
        "dag_paused": backfill.dag_paused,
        "began": backfill.began.isoformat(),
        "counts": counts_of(backfill),
    }
