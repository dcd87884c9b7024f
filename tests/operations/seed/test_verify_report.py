"""The result of `seed verify`, and the command that repairs the days that differ."""

from datetime import date

from mlopsctl.operations.seed.verify import MonthCheck
from mlopsctl.operations.seed.verify_report import VerifyReport

DAY, NEXT = date(2024, 1, 30), date(2024, 1, 31)


def test_without_differences_there_is_no_error() -> None:
    report = VerifyReport([MonthCheck("a.x", "2024-01", 31, 5, "1"), MonthCheck("a.y", "2024-01", 31, 9, "3")])
    assert report.error() is None and report.days == 31 and report.tables == ["a.x", "a.y"]


def test_days_that_differ_are_replaced_with_again() -> None:
    report = VerifyReport(
        [
            MonthCheck("a.x", "2024-01", 31, 4, "1", differ=(DAY, NEXT)),
            MonthCheck("a.y", "2024-01", 31, 9, "2", missing=(NEXT,)),
        ]
    )
    error = report.error()
    assert error and error.code == "seed-differs" and "2024-01-30…31" in error.message
    assert error.hint.command == ("seed", "--again", "--from", str(DAY), "--to", str(NEXT))
    assert report.differ() == {DAY: ["a.x"], NEXT: ["a.x"]} and report.missing() == {NEXT: ["a.y"]}


def test_days_that_are_only_missing_are_added_and_the_reference_period_needs_force() -> None:
    day = date(2023, 6, 2)
    error = VerifyReport([MonthCheck("a.x", "2023-06", 30, 4, "1", missing=(day,))]).error()
    assert error and error.hint.command == ("seed", "--from", str(day), "--to", str(day), "--force")


def test_the_json_has_an_entry_per_table_and_month() -> None:
    assert VerifyReport([MonthCheck("a.x", "2024-01", 2, 4, "1f", (DAY,), (NEXT,))]).data() == [
        {"table": "a.x", "month": "2024-01", "days": 2, "rows": 4, "checksum": "1f", "differ": ["2024-01-30"],
         "missing": ["2024-01-31"]}
    ]  # fmt: skip
