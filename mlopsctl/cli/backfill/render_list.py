"""What the list of backfills shows, in words and as the contract's JSON."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.calendar import RUNS
from mlopsctl.core import dates
from mlopsctl.core.model import StandingBackfill

MARKS = {state: mark for state, (mark, _) in RUNS.items()} | {"stuck": "!"}
LEGEND = "✓ done  ✗ failed  ▶ running  … queued  ! queued for ever"


def show(app: App, found: Sequence[StandingBackfill]) -> None:
    if not found:
        app.out.say("there is no backfill")
        return
    rows = [(b.id, b.dag_id, _range(b), b.engine, b.state, runs(b)) for b in found]
    app.out.table(("ID", "DAG", "RANGE", "ENGINE", "STATE", "RUNS"), rows)
    app.out.say(LEGEND)
    for b in found:
        if b.stuck:
            app.out.warn(f"{b.stuck} runs of backfill {b.id} were cleared after it was cancelled: they never start.")
            app.out.say(f"hint: {app.call('backfills', 'cancel', b.id)}")


def runs(backfill: StandingBackfill) -> str:
    """`✓12 ✗1 ▶16 …3`."""
    counts = counts_of(backfill) | {"queued": backfill.queued - backfill.stuck}
    return " ".join(f"{mark}{counts[name]}" for name, mark in MARKS.items() if counts[name])


def _days(backfill: StandingBackfill) -> tuple[date, date]:
    zone = dates.zone(backfill.timezone)
    return backfill.start.astimezone(zone).date(), backfill.end.astimezone(zone).date()


def _range(backfill: StandingBackfill) -> str:
    """`2024-01-01…31`, `2024-01-01…03-31`, `2023-12-01…2024-01-31`."""
    first, last = _days(backfill)
    if first == last:
        return f"{first}"
    if first.year != last.year:
        return f"{first}…{last}"
    return f"{first}…{last:%d}" if first.month == last.month else f"{first}…{last:%m-%d}"


def counts_of(backfill: StandingBackfill) -> dict[str, int]:
    return {name: getattr(backfill, name) for name in ("total", *MARKS)}


def data(backfill: StandingBackfill) -> dict[str, Any]:
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
