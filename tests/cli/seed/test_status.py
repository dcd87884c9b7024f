"""The screen of `mlopsctl seed status`."""

from datetime import date

import pytest

from mlopsctl.cli._common.output import Output
from mlopsctl.cli.seed import status
from mlopsctl.core import dates
from mlopsctl.core.states import DayState
from mlopsctl.operations.seed.profile import Profile
from mlopsctl.operations.seed.report import SeedReport
from tests.conftest import screen


def test_profiles_rows_and_calendar(capsys: pytest.CaptureFixture[str]) -> None:
    first, last = date(2024, 1, 30), date(2024, 2, 2)
    states = {
        first: DayState.COMPLETE,
        date(2024, 1, 31): DayState.DAMAGED,
        date(2024, 2, 1): DayState.FOREIGN,
        last: DayState.MISSING,
    }
    rows = {"mlops.cust_info": 1_549_800, "mlops.loan_applicant_info": 5}
    profiles: dict[Profile, tuple[date, ...]] = {Profile(drift=first, dirt=50_000): (first, date(2024, 1, 31))}
    report = SeedReport(first, last, 3, 1, rows, states, profiles)
    status.show(Output(color=False), report, all_months=False)
    assert "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines()) + "\n" == screen("""
        1 of 4 days are complete, 2024-01-30 … 2024-02-02
              2  2024-01-30 … 2024-01-31  scale 1, drift from 2024-01-30, dirt 5%
        TABLE                             ROWS
        mlops.cust_info              1,549,800
        mlops.loan_applicant_info            5

        MONTH    1       5         10        15        20        25        30
        2024-01                                                            ✓ !
        2024-02  ? ✗
        ✓ complete: 1, ! rows missing: 1, ? not from seed: 1, ✗ missing: 1
        """)


def test_the_calendar_shows_the_last_year_and_earlier_months_with_a_problem(capsys: pytest.CaptureFixture[str]) -> None:
    states = dict.fromkeys(dates.days(date(2023, 1, 1), date(2024, 12, 31)), DayState.COMPLETE)
    states[date(2023, 3, 2)] = DayState.MISSING
    report = SeedReport(date(2023, 1, 1), date(2024, 12, 31), 730, 1, {}, states)
    out = Output(color=False)
    status.show(out, report, all_months=False)
    lines = capsys.readouterr().out.splitlines()
    months = [line[:7] for line in lines if line[4:5] == "-" and "…" not in line]
    assert months == ["2023-03", *(f"2024-{n:02}" for n in range(1, 13))]
    assert any(line.startswith("334 earlier days") for line in lines)
    status.show(out, report, all_months=True)
    assert "--all" not in capsys.readouterr().out
