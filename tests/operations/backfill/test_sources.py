"""What is asked beside the API. The answers are real in tests/live/test_backfill.py."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mlopsctl.core.errors import UsageError
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import Selection
from mlopsctl.operations.backfill import sources
from mlopsctl.operations.backfill.plan import BackfillRequest
from mlopsctl.operations.platform import Platform
from tests.operations.fake_airflow import Scripted

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
def test_which_table_a_dag_fills(dag: str, given: BackfillRequest, table: tuple[str, str]) -> None:
    assert sources.table_of(platform(), dag, given) == table


def test_where_nobody_has_said_it_the_line_that_says_it_keeps_the_others() -> None:
    settings = replace(Settings(), fills=("a=mlops.a.day",))
    with pytest.raises(UsageError) as caught:
        sources.table_of(platform(settings=settings), "mine", BackfillRequest(Selection.HOLES))
    assert caught.value.message == "nobody has said which table mine fills."
    assert caught.value.hint.text().endswith("mlopsctl config set fills a=mlops.a.day,mine=mlops.TABLE.base_dt")


def test_a_schedule_is_asked_of_airflows_own_timetable() -> None:
    asked: list[Any] = []

    def script(name: str, words: dict[str, Any]) -> dict[str, Any]:
        asked.append((name, words))
        return {"slots": [[FIRST.isoformat(), FIRST.isoformat(), (FIRST + timedelta(days=1)).isoformat()]]}

    metadata = SimpleNamespace(timetable=lambda dag_id: {"__type": dag_id})
    parts = platform(airflow=SimpleNamespace(run_script=script), metadata=metadata)
    assert sources.schedule(parts, "d", (FIRST, LAST)) == {FIRST: (FIRST, FIRST + timedelta(days=1))}
    words = {"timetable": {"__type": "d"}, "start": FIRST.isoformat(), "end": LAST.isoformat()}
    assert asked == [("schedule", words)]


@pytest.mark.parametrize(("number", "from_database"), [(3, False), (300, False), (301, True)])
def test_few_runs_come_from_the_api_and_many_from_the_metadata(
    tmp_path: Path, number: int, from_database: bool
) -> None:
    scripted = Scripted(tmp_path)
    for n in range(number):
        scripted.put(f"{date(2023, 1, 1) + timedelta(days=n)}T00:00:00+00:00", "success", f"r{n}")
    parts = platform(api=scripted.api, metadata=SimpleNamespace(runs_between=lambda *_: []))
    found = sources.reader(parts)("d", FIRST, LAST)
    assert len(found) == (0 if from_database else number)
