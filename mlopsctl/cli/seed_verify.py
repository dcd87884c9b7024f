"""What `mlopsctl seed verify` shows: a month per row, and the days that differ."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mlopsctl import dates
from mlopsctl.cli.app import App
from mlopsctl.cli.output import duration
from mlopsctl.errors import MlopsctlError
from mlopsctl.model import Step

if TYPE_CHECKING:
    from datetime import date

    from mlopsctl.operations.seed_verify import MonthCheck


def show(app: App, found: "Iterator[MonthCheck]", began: float) -> int:
    """Carry the comparison out and show it; the exit code. began: by time.monotonic()."""
    checks: list[MonthCheck] = []
    app.out.steps(_collected(found, checks, began))
    months = {check.month: [c for c in checks if c.month == check.month] for check in checks}
    app.out.table(
        ("MONTH", "       ROWS", "CHECKSUM", "RESULT"),
        [
            (month, f"{sum(c.rows for c in all_):>11,}", _checksum(all_), _result(all_))
            for month, all_ in months.items()
        ],
    )
    errors = list(_differences(app, checks))
    if not errors:
        days = sum(check.days for check in checks if check.table == checks[0].table)
        app.out.say(f"all {days} days are as seed makes them  {duration(time.monotonic() - began)}")
    for error in errors:
        app.out.fail(error)
    data = {"months": [_month_data(check) for check in checks], "seconds": round(time.monotonic() - began, 3)}
    app.out.envelope(app.command, "error" if errors else "ok", data, errors)
    return 1 if errors else 0


def _collected(found: "Iterator[MonthCheck]", checks: "list[MonthCheck]", began: float) -> Iterator[Step]:
    for check in found:
        checks.append(check)
        yield Step("verify", "running", f"{check.month} {check.table}", time.monotonic() - began)


def _checksum(checks: "list[MonthCheck]") -> str:
    """That of all tables."""
    return f"{sum(int(check.checksum, 16) for check in checks) % 2**64:016x}"


def _result(checks: "list[MonthCheck]") -> str:
    differ, missing = ({day for check in checks for day in getattr(check, kind)} for kind in ("differ", "missing"))
    words = [f"{len(days)} {word}" for days, word in ((differ, "differ"), (missing, "missing")) if days]
    return ", ".join(words) or "as made"


def _differences(app: App, checks: "list[MonthCheck]") -> Iterator[MlopsctlError]:
    """A sentence for all tables that differ on the same days."""
    tables = list(dict.fromkeys(check.table for check in checks))
    for kind, one, more in (
        ("differ", "day holds other rows than seed makes", "days hold other rows than seed makes"),
        ("missing", "day is missing", "days are missing"),
    ):
        found: dict[tuple[date, ...], list[str]] = {}
        for table in tables:
            days = tuple(day for check in checks if check.table == table for day in getattr(check, kind))
            found.setdefault(days, []).append(table)
        for days, named in found.items():
            if days:
                where = "every table" if named == tables else ", ".join(named)
                yield MlopsctlError(
                    f"{len(days)} {one if len(days) == 1 else more} in {where}: {dates.fold(days)}.",
                    hint=app.paste(_remedy(kind, days)),
                    code=f"seed-{kind}",
                )


def _remedy(kind: str, days: "tuple[date, ...]") -> str:
    """Seed adds what is missing; rows that were changed it cannot tell from the user's own."""
    from mlopsctl.operations.seed_days import REFERENCE_LAST

    range_ = f"--from {min(days)} --to {max(days)}"
    again = f"mlopsctl seed {range_}"
    if kind == "missing":  # of the reference period, a day that has lost rows is mended with --force only
        return f"{again} --force" if min(days) <= REFERENCE_LAST else again
    return f"mlopsctl seed reset {range_} && {again}"


def _month_data(check: "MonthCheck") -> dict[str, Any]:
    return {
        "table": check.table,
        "month": check.month,
        "days": check.days,
        "rows": check.rows,
        "checksum": check.checksum,
        "differ": [str(day) for day in check.differ],
        "missing": [str(day) for day in check.missing],
    }
