"""`mlopsctl coverage`: its screen, and its words."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from mlopsctl.cli import coverage
from mlopsctl.cli.app import App
from mlopsctl.cli.output import Output
from mlopsctl.operations.coverage import Coverage
from tests.conftest import Ran, screen


def shown(tmp_path: Path, capsys: pytest.CaptureFixture[str], found: Coverage) -> str:
    coverage._show(App(tmp_path, "coverage", Output(color=False)), found)
    return capsys.readouterr().out


def test_a_bar_is_as_high_as_the_rows_and_a_hole_is_marked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = {date(2024, 1, 28): 16, date(2024, 1, 29): 1, date(2024, 1, 30): 0, date(2024, 1, 31): 8}
    found = Coverage("mlops.t", "base_dt", date(2024, 1, 28), date(2024, 1, 31), rows, undated=2)
    assert shown(tmp_path, capsys, found) == screen("""
        mlops.t by base_dt: 25 rows on 3 of 4 days
        MONTH    1       5         10        15        20        25        30      ROWS
        2024-01                                                        █ ▁ ✗ ▄       25
        ✗ no row on 1: 2024-01-30
        left out, for their base_dt is no day: 2 rows
        """)


def test_an_empty_range_is_all_holes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    day = date(2024, 1, 1)
    assert shown(tmp_path, capsys, Coverage("mlops.t", "c", day, day, {day: 0})) == screen("""
        mlops.t by c: 0 rows on 0 of 1 day
        MONTH    1       5         10        15        20        25        30      ROWS
        2024-01  ✗                                                                    0
        ✗ no row on 1: 2024-01-01
        """)


def test_wrong_words_are_exit_2(cli: Callable[..., Ran], tmp_path: Path) -> None:
    assert cli("--home", tmp_path, "coverage").code == 2
    (tmp_path / "config.toml").touch()
    ran = cli("--home", tmp_path, "coverage", "cust_info", "--from", "2024-02", "--to", "2024-01")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "error: --from 2024-02 is after --to 2024-01.")
