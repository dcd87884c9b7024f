"""What is read besides the API. The real answers are tested in tests/live/test_backfill.py."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mlopsctl.core.errors import UsageError
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import Selection
from mlopsctl.operations.backfill.plan import BackfillRequest
from mlopsctl.operations.backfill.planning import sources
from mlopsctl.operations.platform import Platform
from tests.operations.fake_airflow import FakeAirflow

OURS = "mlops.ineligible_loan_model_features"
FIRST, LAST = datetime(2023, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)


def platform(**parts: Any) -> Platform:
    return cast(Platform, SimpleNamespace(**({"settings": Settings()} | parts)))


@pytest.mark.parametrize(
    ("dag", "given", "table"),
    [
        ("data_extract_pipeline", BackfillRequest(Selection.HOLES), (OURS, "base_dt")),
        ("data_extract_pipeline", BackfillRequest(Selection.HOLES, column="day"), (OURS, "day")),
        ("data_extract_pipeline", BackfillRequest(Selection.HOLES, table=OURS), (OURS, "base_dt")),
        ("data_extract_pipeline", BackfillRequest(Selection.HOLES, table="mlops.t"), ("mlops.t", "")),
        ("mine", BackfillRequest(Selection.HOLES, table="mlops.t", column="day"), ("mlops.t", "day")),
    ],
)
def test_output_table_of_a_dag(dag: str, given: BackfillRequest, table: tuple[str, str]) -> None:
    assert sources.output_table(platform(), dag, given) == table


def test_unknown_output_table_has_a_hint_that_keeps_the_other_settings() -> None:
    settings = replace(Settings(), fills=("a=mlops.a.day",))
    with pytest.raises(UsageError) as caught:
        sources.output_table(platform(settings=settings), "mine", BackfillRequest(Selection.HOLES))
    assert caught.value.code == "usage"
    command = ("config", "set", "fills", "a=mlops.a.day,mine=mlops.TABLE.base_dt")
    assert caught.value.hint.command == command


@pytest.mark.parametrize(("number", "from_database"), [(3, False), (300, False), (301, True)])
def test_few_runs_come_from_the_api_and_many_from_the_metadata(
    tmp_path: Path, number: int, from_database: bool
) -> None:
    airflow = FakeAirflow(tmp_path)
    for n in range(number):
        airflow.add_run(f"{date(2023, 1, 1) + timedelta(days=n)}T00:00:00+00:00", "success", f"r{n}")
    parts = platform(api=airflow.api, metadata=SimpleNamespace(runs_between=lambda *_: []))
    found = sources.run_reader(parts)("d", FIRST, LAST)
    assert len(found) == (0 if from_database else number)
