"""The screen of `mlopsctl seed verify`."""

from datetime import date, timedelta

import pytest

from mlopsctl.cli._common.output import Output
from mlopsctl.cli.seed import verify
from mlopsctl.operations.seed.verify import MonthCheck
from mlopsctl.operations.seed.verify_report import VerifyReport
from tests.conftest import screen

DAY, NEXT, LATER = date(2024, 1, 30), date(2024, 1, 31), date(2024, 2, 5)


def shown(capsys: pytest.CaptureFixture[str], *checks: MonthCheck) -> str:
    verify.show(Output(color=False), VerifyReport(checks))
    return "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines()) + "\n"


def test_a_month_without_differences(capsys: pytest.CaptureFixture[str]) -> None:
    same = [MonthCheck("a.x", "2024-01", 31, 50_840, "00000000000000fe"), MonthCheck("a.y", "2024-01", 31, 9, "3")]
    assert shown(capsys, *same) == screen("""
        MONTH           ROWS  CHECKSUM          RESULT
        2024-01       50,849  0000000000000101  ok
        """)


def test_days_that_differ_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    checks = [
        MonthCheck("a.x", "2024-01", 31, 4, "1", differ=(DAY, NEXT)),
        MonthCheck("a.y", "2024-01", 31, 9, "2", missing=(NEXT,)),
        MonthCheck("a.x", "2024-02", 29, 4, "1", missing=(LATER,)),
        MonthCheck("a.y", "2024-02", 29, 9, "2", missing=(LATER,)),
    ]
    assert shown(capsys, *checks) == screen("""
        MONTH           ROWS  CHECKSUM          RESULT
        2024-01           13  0000000000000003  2 differ, 1 missing
        2024-02           13  0000000000000003  1 missing

        DAY         OTHER ROWS IN  NO ROWS IN
        2024-01-30  x
        2024-01-31  x              y
        2024-02-05                 every table
        """)


def test_a_long_list_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    days = tuple(date(2024, 1, 1) + timedelta(days=n) for n in range(verify.SHOWN_DAYS + 3))
    lines = shown(capsys, MonthCheck("a.x", "2024-01", 31, 4, "1", differ=days)).splitlines()
    assert lines[-1] == "… and 3 more"
