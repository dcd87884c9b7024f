"""What the list of backfills shows, in words and as the contract's JSON."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.calendar import RUNS
from mlopsctl.core import dates
from mlopsctl.core.model import Backfill

MARKS = {state: mark for state, (mark, _) in RUNS.items()} | {"stuck": "!"}
LEGEND = "✓ done  ✗ failed  ▶ running  … queued  ! queued for ever"


def show(app: App, found: Sequence[Backfill]) -> None:
    if not found:
        app.out.say("there is no backfill")
        return
    rows = [(b.id, b.dag_id, _range(b), b.engine, b.state, runs(b)) for b in found]
    app.out.table(("ID", "DAG", "RANGE", "ENGINE", "STATE", "RUNS"), rows)
    app.out.say(LEGEND)
    for b in found:
        if b.orphaned:
            app.out.warn(f"{b.orphaned} runs of backfill {b.id} were cleared after it was cancelled: they never start.")
            app.out.say(f"hint: {app.call('backfills', 'cancel', b.id)}")


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
    """As the contract has it. `queued` counts the stuck ones too."""
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
        "paused": backfill.state == "paused",
        "dag_paused": backfill.dag_paused,
        "began": backfill.began.isoformat(),
        "counts": counts_of(backfill),
    }
