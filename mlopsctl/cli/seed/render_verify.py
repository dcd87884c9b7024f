"""The screen of `mlopsctl seed verify`: a row per month, and the days that differ."""

from mlopsctl.cli._common.output import Output
from mlopsctl.operations.seed.verify import MonthCheck
from mlopsctl.operations.seed.verify_report import VerifyReport

SHOWN_DAYS = 20


def show(out: Output, report: VerifyReport) -> None:
    out.table(
        ("MONTH", "       ROWS", "CHECKSUM", "RESULT"),
        [
            (month, f"{sum(check.rows for check in checks):>11,}", _checksum(checks), _result(checks))
            for month, checks in report.months().items()
        ],
    )
    differ, missing = report.differ(), report.missing()
    rows = [
        (day, _tables(differ.get(day, []), report), _tables(missing.get(day, []), report))
        for day in sorted({*differ, *missing})
    ]
    if rows:
        out.text("")
        out.table(("DAY", "OTHER ROWS IN", "NO ROWS IN"), rows[:SHOWN_DAYS])
    if len(rows) > SHOWN_DAYS:
        out.text(f"… and {len(rows) - SHOWN_DAYS} more")


def _checksum(checks: list[MonthCheck]) -> str:
    """The sum over all tables."""
    return f"{sum(int(check.checksum, 16) for check in checks) % 2**64:016x}"


def _result(checks: list[MonthCheck]) -> str:
    differ = len({day for check in checks for day in check.differ})
    missing = len({day for check in checks for day in check.missing})
    parts = [f"{differ} differ"] * bool(differ) + [f"{missing} missing"] * bool(missing)
    return ", ".join(parts) or "ok"


def _tables(names: list[str], report: VerifyReport) -> str:
    if len(names) == len(report.tables):
        return "every table"
    return ", ".join(name.rpartition(".")[2] for name in names)
