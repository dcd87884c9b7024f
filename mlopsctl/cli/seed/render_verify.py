"""What `mlopsctl seed verify` shows: a month per row, and the days that differ."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mlopsctl.cli._common.app import App
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Step
from mlopsctl.core.text import duration

ROWS = 20  # so many days are listed

if TYPE_CHECKING:
    from datetime import date

    from mlopsctl.operations.seed.verify import MonthCheck


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
    error = _difference(app, checks)
    if error:
        app.out.fail(error)
    else:
        days = sum(check.days for check in checks if check.table == checks[0].table)
        app.out.say(f"all {days} days are as seed makes them  {duration(time.monotonic() - began)}")
    data = {"months": [_month_data(check) for check in checks], "seconds": round(time.monotonic() - began, 3)}
    app.out.envelope(app.command, "error" if error else "ok", data, [error] if error else [])
    return error.exit_code if error else 0


def _collected(found: "Iterator[MonthCheck]", checks: "list[MonthCheck]", began: float) -> Iterator[Step]:
    for check in found:
        checks.append(check)
        yield Step("verify", StepState.RUNNING, f"{check.month} {check.table}", time.monotonic() - began)


def _checksum(checks: "list[MonthCheck]") -> str:
    """That of all tables."""
    return f"{sum(int(check.checksum, 16) for check in checks) % 2**64:016x}"


def _result(checks: "list[MonthCheck]") -> str:
    differ, missing = ({day for check in checks for day in getattr(check, kind)} for kind in ("differ", "missing"))
    words = [f"{len(days)} {word}" for days, word in ((differ, "differ"), (missing, "missing")) if days]
    return ", ".join(words) or "as made"


def _difference(app: App, checks: "list[MonthCheck]") -> MlopsctlError | None:
    """Show the days that are not as seed makes them, and say it in one sentence with its remedy."""
    differ: dict[date, list[str]] = {}
    missing: dict[date, list[str]] = {}
    for check in checks:
        for found, days in ((differ, check.differ), (missing, check.missing)):
            for day in days:
                found.setdefault(day, []).append(check.table)
    wrong = sorted({*differ, *missing})
    if not wrong:
        return None
    tables = len({check.table for check in checks})
    rows = [(day, _where(differ.get(day, []), tables), _where(missing.get(day, []), tables)) for day in wrong]
    app.out.text("")
    app.out.table(("DAY", "OTHER ROWS IN", "NO ROWS IN"), rows[:ROWS])
    if len(rows) > ROWS:
        app.out.text(f"… and {len(rows) - ROWS} more")
    words = "1 day is not as seed makes it" if len(wrong) == 1 else f"{len(wrong)} days are not as seed makes them"
    return MlopsctlError(
        f"{words}: {dates.format_days(wrong)}.",
        hint=app.paste(_remedy(wrong, again=bool(differ))),
        code="seed-differs",
    )


def _where(named: list[str], tables: int) -> str:
    return "every table" if len(named) == tables else ", ".join(name.rpartition(".")[2] for name in named)


def _remedy(days: "list[date]", *, again: bool) -> str:
    """Seed adds what is missing; rows that were changed it replaces when it is told to."""
    from mlopsctl.operations.seed.days import REFERENCE_LAST

    words = f"mlopsctl seed{' --again' if again else ''} --from {days[0]} --to {days[-1]}"
    return f"{words} --force" if days[0] <= REFERENCE_LAST else words


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
