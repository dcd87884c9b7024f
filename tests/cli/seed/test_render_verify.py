"""The screen and the JSON of `mlopsctl seed verify`."""

import json
import time
from datetime import date
from pathlib import Path

import pytest

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.cli.seed import render_verify
from mlopsctl.operations.seed.verify import MonthCheck
from tests.conftest import screen

DAY, NEXT, LATER = date(2024, 1, 30), date(2024, 1, 31), date(2024, 2, 5)


def show(home: Path, *checks: MonthCheck, as_json: bool = False) -> int:
    app = App(home, "seed verify", Output(color=False, json=as_json))
    return render_verify.show(app, iter(checks), time.monotonic())


def test_a_month_is_as_it_was_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same = [MonthCheck("a.x", "2024-01", 31, 50_840, "00000000000000fe"), MonthCheck("a.y", "2024-01", 31, 9, "3")]
    assert show(tmp_path, *same) == 0
    out, err = capsys.readouterr()
    assert "\n".join(line.rstrip() for line in out.splitlines()) + "\n" == screen("""
        MONTH           ROWS  CHECKSUM          RESULT
        2024-01       50,849  0000000000000101  as made
        """)
    assert err.startswith("all 31 days are as seed makes them  0.")


def test_days_that_differ_are_listed_and_have_one_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checks = [
        MonthCheck("a.x", "2024-01", 31, 4, "1", differ=(DAY, NEXT)),
        MonthCheck("a.y", "2024-01", 31, 9, "2", missing=(NEXT,)),
        MonthCheck("a.x", "2024-02", 29, 4, "1", missing=(LATER,)),
        MonthCheck("a.y", "2024-02", 29, 9, "2", missing=(LATER,)),
    ]
    assert show(tmp_path, *checks) == 1
    out, err = capsys.readouterr()
    assert "\n".join(line.rstrip() for line in out.splitlines()) + "\n" == screen("""
        MONTH           ROWS  CHECKSUM          RESULT
        2024-01           13  0000000000000003  2 differ, 1 missing
        2024-02           13  0000000000000003  1 missing

        DAY         OTHER ROWS IN  NO ROWS IN
        2024-01-30  x
        2024-01-31  x              y
        2024-02-05                 every table
        """)
    assert err == screen(f"""
        error: 3 days are not as seed makes them: 2024-01-30…31, 2024-02-05.
        hint: mlopsctl --home {tmp_path} seed --again --from 2024-01-30 --to 2024-02-05
        """)


def test_what_is_only_missing_is_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(tmp_path, MonthCheck("a.x", "2023-06", 30, 4, "1", missing=(date(2023, 6, 2),))) == 1
    assert capsys.readouterr().err == screen(f"""
        error: 1 day is not as seed makes it: 2023-06-02.
        hint: mlopsctl --home {tmp_path} seed --from 2023-06-02 --to 2023-06-02 --force
        """)


def test_the_json_has_each_table_and_month(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(tmp_path, MonthCheck("a.x", "2024-01", 2, 4, "1f", (DAY,), (NEXT,)), as_json=True) == 1
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == {"version", "command", "status", "data", "errors"}
    assert (answer["command"], answer["status"]) == ("seed verify", "error")
    assert [error["code"] for error in answer["errors"]] == ["seed-differs"]
    assert set(answer["data"]) == {"months", "seconds"}
    assert answer["data"]["months"] == [
        {"table": "a.x", "month": "2024-01", "days": 2, "rows": 4, "checksum": "1f", "differ": ["2024-01-30"],
         "missing": ["2024-01-31"]}
    ]  # fmt: skip
