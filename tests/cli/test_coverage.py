"""The command line and the screen of `mlopsctl coverage`."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from unittest.mock import MagicMock

import httpx
import pytest

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.cli import coverage
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import UsageError
from mlopsctl.core.settings import DEFAULT_FILLS
from mlopsctl.operations.coverage import Coverage, read_range
from tests.conftest import Ran, screen
from tests.fake_api import DAG, api_v2


def shown(capsys: pytest.CaptureFixture[str], found: Coverage) -> str:
    coverage._show(Output(color=False), found)
    return capsys.readouterr().out


def test_bars_show_rows_and_missing_dates_are_marked(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {date(2024, 1, 28): 16, date(2024, 1, 29): 1, date(2024, 1, 30): 0, date(2024, 1, 31): 8}
    found = Coverage("mlops.t", "base_dt", date(2024, 1, 28), date(2024, 1, 31), rows, undated=2)
    assert shown(capsys, found) == screen("""
        mlops.t by base_dt: 25 rows on 3 of 4 days
        MONTH    1       5         10        15        20        25        30      ROWS
        2024-01                                                        █ ▁ ✗ ▄       25
        ✗ no rows on 1 day: 2024-01-30
        not counted: 2 rows without a valid date in base_dt
        """)


def test_range_without_rows(capsys: pytest.CaptureFixture[str]) -> None:
    day = date(2024, 1, 1)
    assert shown(capsys, Coverage("mlops.t", "c", day, day, {day: 0})) == screen("""
        mlops.t by c: 0 rows on 0 of 1 day
        MONTH    1       5         10        15        20        25        30      ROWS
        2024-01  ✗                                                                    0
        ✗ no rows on 1 day: 2024-01-01
        """)


class CoverageApp(App):
    """A feature store with one table, and an Airflow with one DAG; without `airflow`, its API does not respond."""

    def __init__(self, home: Path, *, airflow: bool) -> None:
        super().__init__(home, "coverage", Output(color=False))
        self.requests, self._airflow = 0, airflow
        (home / "token").write_text("t")
        self._api = api_v2(home, self._answer)
        self.features = MagicMock()
        self.session = self.features.without_database.session.return_value.__enter__.return_value
        self.session.query.return_value = [("mlops", "cust_info", "base_dt", "varchar")]

    @property
    def api(self) -> AirflowApi:
        return self._api

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        if not self._airflow:
            raise httpx.ConnectError("Connection refused")
        if request.url.path == "/api/v2/dags/slow_manual/details":
            return httpx.Response(200, json=DAG)
        if request.url.path.endswith("/details"):
            return httpx.Response(404, json={"detail": "not found"})
        return httpx.Response(200, json={"dags": [], "total_entries": 0})


NO_TABLE = "the feature store has no table {!r}."
NO_OUTPUT = "no output table is configured for DAG {}."


@pytest.mark.parametrize(
    ("name", "airflow", "sentence", "hint"),
    [
        (
            "slow_manual",
            True,
            NO_OUTPUT,
            f"mlopsctl config set fills {','.join(DEFAULT_FILLS)},slow_manual=mlops.TABLE.base_dt",
        ),
        ("slow_manual", False, NO_TABLE, "mlopsctl db shell features -- -e 'SHOW TABLES'"),
        ("cust_inf", True, NO_TABLE, "mlopsctl coverage mlops.cust_info"),
    ],
)
def test_name_that_is_not_a_table_can_be_a_dag(
    tmp_path: Path, name: str, airflow: bool, sentence: str, hint: str
) -> None:
    app = CoverageApp(tmp_path, airflow=airflow)
    with pytest.raises(UsageError) as caught:
        coverage._read(app, name, "")
    assert (caught.value.message, caught.value.hint.text()) == (sentence.format(name), hint)
    assert app.requests


def test_airflow_is_not_asked_about_a_dag_with_an_output_table(tmp_path: Path) -> None:
    app = CoverageApp(tmp_path, airflow=True)
    with pytest.raises(UsageError) as caught:
        coverage._read(app, "ineligible_loan_model", "")
    assert caught.value.message == NO_TABLE.format("mlops.ineligible_loan_model_result")
    assert not app.requests


def read_days(folder: Path, start: str | None, end: str | None, *rows: str) -> Coverage:
    """Of a table with a row on each of the days, read on 2024-03-10."""
    app = CoverageApp(folder, airflow=False)
    app.session.query.side_effect = [[("mlops", "t", "base_dt", "varchar")], [(day, 1) for day in rows]]
    return read_range(lambda *days: coverage._read(app, "t", "", *days), start, end, date(2024, 3, 10))


def test_future_dates_are_not_missing(tmp_path: Path) -> None:
    found = read_days(tmp_path, "2024-03", "2024-03", "20240301", "20240309")
    assert (found.end, found.missing[-1], len(found.missing)) == (date(2024, 3, 10), date(2024, 3, 10), 8)


@pytest.mark.parametrize(
    ("start", "end", "word"),
    [
        ("2999-01-01", "2999-01-02", "2999-01-01"),
        ("2024-03-01", "2024-03-11", "2024-03-11"),
        ("2024-03-11", None, "2024-03-11"),
        (None, "2024-04", "2024-04"),
    ],
)
def test_future_range_is_a_usage_error(tmp_path: Path, start: str | None, end: str | None, word: str) -> None:
    with pytest.raises(UsageError, match=f"'{word}' is in the future: today is 2024-03-10"):
        read_days(tmp_path, start, end, "20240301")


@pytest.mark.parametrize(
    ("start", "end"), [("2024-03-01", "2024-03"), ("2024-03-11", "2024-03-31"), ("2024-03-11", None)]
)
def test_future_dates_with_rows_are_included(tmp_path: Path, start: str, end: str | None) -> None:
    found = read_days(tmp_path, start, end, "20240301", "20240331")
    assert (found.end, found.last) == (date(2024, 3, 31), date(2024, 3, 31))


def test_invalid_arguments_are_a_usage_error(cli: Callable[..., Ran], tmp_path: Path) -> None:
    assert cli("--home", tmp_path, "coverage").code == 2
    (tmp_path / "config.toml").touch()
    ran = cli("--home", tmp_path, "coverage", "cust_info", "--from", "2024-02", "--to", "2024-01")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "error: --from 2024-02 is after --to 2024-01.")
