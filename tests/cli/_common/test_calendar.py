"""Days as a calendar: a month per row."""

from datetime import date

import pytest

from mlopsctl.cli._common import calendar
from mlopsctl.cli._common.output import Output


def test_each_month_is_a_row_with_its_sum(capsys: pytest.CaptureFixture[str]) -> None:
    days = [date(2023, 12, 30), date(2023, 12, 31), date(2024, 2, 1)]
    marks = {day: (mark, "") for day, mark in zip(days, "ab✗", strict=True)}
    calendar.show(Output(color=False), marks, {days[0]: 1_200_300, days[1]: 4, days[2]: 0})
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "MONTH    1       5         10        15        20        25        30      ROWS",
        "2023-12                                                            a b1,200,304",
        "2024-02  ✗                                                                    0",
    ]
    assert {len(line) for line in lines} == {79}


def test_without_row_counts_there_are_no_sums(capsys: pytest.CaptureFixture[str]) -> None:
    calendar.show(Output(color=False), {date(2024, 2, 3): ("✓", "green")})
    assert capsys.readouterr().out.splitlines() == [
        "MONTH    1       5         10        15        20        25        30",
        "2024-02      ✓",
    ]


def test_without_days_there_are_no_months(capsys: pytest.CaptureFixture[str]) -> None:
    calendar.show(Output(color=False), {})
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_months_without_days_are_summarized_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    days = (date(2023, 11, 1), date(2023, 12, 1), date(2024, 2, 1), date(2026, 1, 1))
    calendar.show(Output(color=False), dict.fromkeys(days, ("✓", "green")), gap="no run")
    assert [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()[1:]] == [
        "2023-11 ✓", "2023-12 ✓", "2024-01 no run", "2024-02 ✓", "2024-03 … 2025-12 no run", "2026-01 ✓",
    ]  # fmt: skip
