"""What is asked of the metadata and how its answers become nouns. That PostgreSQL agrees is for tests/live to show."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow.metadb.client import AirflowMetadata, named
from mlopsctl.adapters.airflow.programs import AirflowCli
from mlopsctl.adapters.postgres.server import Postgres
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import Backfill, DagRun
from mlopsctl.core.paths import Home
from mlopsctl.core.states import BackfillState, EngineName, RunState

ROW: dict[str, Any] = {
    "id": "7", "dag_id": "d", "timezone": "32400", "engine": "airflow", "state": "running",
    "start": "2023-12-31T15:00:00+00:00", "end": "2024-01-31T14:59:59.999999+00:00",
    "began": "2024-06-01T00:00:00+00:00", "record_paused": False, "dag_paused": True, "success": 1, "failed": 2,
    "running": 3, "queued": 4, "orphaned": None,
}  # fmt: skip
BACKFILL = Backfill(
    7, "d", "+09:00", EngineName.NATIVE, BackfillState.RUNNING, datetime(2023, 12, 31, 15, tzinfo=UTC),
    datetime(2024, 1, 31, 14, 59, 59, 999999, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC), False, True, 1, 2, 3, 4, 0,
)  # fmt: skip


@dataclass(frozen=True)
class Told(Postgres):
    """A database that says what it is told to."""

    answer: Callable[[str], list[Any]] = lambda sql: []

    def query(self, sql: str, patience: float = 10.0) -> str:
        return json.dumps(self.answer(sql))


def metadata(answer: Callable[[str], list[Any]]) -> AirflowMetadata:
    home = Home(Path("/h"))
    return AirflowMetadata(Told(home, answer), AirflowCli(home))


def test_a_row_becomes_a_backfill() -> None:
    (found,) = metadata(lambda sql: [ROW]).backfills()
    assert found == BACKFILL
    assert (found.active, found.total, found.unfinished) == (True, 10, 7)


def test_our_ids_stay_words_even_where_they_look_like_a_number() -> None:
    (found,) = metadata(lambda sql: [ROW | {"id": "123456", "engine": "runs", "state": "done"}]).backfills()
    assert (found.id, found.active) == ("123456", False)


def test_what_is_named_cannot_leave_its_quotes() -> None:
    asked: list[str] = []

    def answer(sql: str) -> list[dict[str, Any]]:
        asked.append(sql)
        return []

    known = metadata(answer)
    known.backfills(dag_id="x' OR true --", id_="y'", ended=3)
    known.runs(BACKFILL, ["queued"])
    known.unclearable("z'")
    known.tasks(BACKFILL, ["t'"])
    known.timezone("x';DROP TABLE dag;--")
    backfills, runs, unclearable, tasks, zone = asked
    assert "e.dag_id = 'x'' OR true --' AND e.id = 'y'''" in backfills and "age <= 3" in backfills
    assert "owner = '7' AND engine = 'airflow' AND state IN ('queued')" in runs
    assert "dag_id = 'z'''" in unclearable
    assert "t.id IN ('t''')" in tasks
    assert "s.dag_id = 'x'';DROP TABLE dag;--' ORDER" in zone


def test_a_range_of_ended_ones_may_be_without_end() -> None:
    asked: list[str] = []

    def answer(sql: str) -> list[dict[str, Any]]:
        asked.append(sql)
        return []

    metadata(answer).backfills(ended=None)
    assert "age <= 2147483648" in asked[0] and "WHERE true" in asked[0]


def test_runs_and_those_that_stay_queued_for_ever() -> None:
    row = {
        "run_id": "backfill__1", "logical_date": "2024-01-01T00:00:00+00:00", "state": "queued", "run_type": "backfill",
    }  # fmt: skip
    known = metadata(lambda sql: [row, row | {"run_id": "backfill__2", "logical_date": None}])
    assert known.runs(BACKFILL) == [
        DagRun("backfill__1", datetime(2024, 1, 1, tzinfo=UTC), RunState.QUEUED, "backfill"),
        DagRun("backfill__2", None, RunState.QUEUED, "backfill"),
    ]
    assert known.unclearable("d") == {"backfill__1", "backfill__2"}


def test_an_external_database_is_asked_by_the_driver_of_airflows_own_venv(tmp_path: Path) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    class Script(AirflowCli):
        def script(self, name: str, words: dict[str, Any]) -> dict[str, Any]:
            asked.append((name, words))
            return {"answer": json.dumps([ROW])}

    (tmp_path / "url").write_text("postgresql://u:p@host/airflow\n")
    home = Home(tmp_path)
    known = AirflowMetadata(Postgres(home), Script(home), tmp_path / "url")
    assert known.backfills() == [BACKFILL]
    ((name, words),) = asked
    assert (name, words["url"]) == ("metadata", "postgresql://u:p@host/airflow") and "counted" in words["sql"]


@pytest.mark.parametrize(
    ("written", "name"),
    [("Asia/Seoul", "Asia/Seoul"), ("UTC", "UTC"), ("32400", "+09:00"), ("-12600", "-03:30"), ("0", "+00:00")],
)
def test_an_offset_is_written_down_as_seconds(written: str, name: str) -> None:
    assert named(written) == name
    assert dates.zone(name)
    assert metadata(lambda sql: [written]).timezone("d") == name


@pytest.mark.parametrize("rows", [[], [None]])
def test_a_dag_that_was_not_written_down_has_no_time_zone(rows: list[None]) -> None:
    assert metadata(lambda sql: rows).timezone("d") is None


def test_a_run_is_the_one_that_the_api_would_tell() -> None:
    asked: list[str] = []
    now, later = "2024-01-01T00:00:00+00:00", "2024-01-02T00:00:00.5+00:00"

    def answer(sql: str) -> list[Any]:
        asked.append(sql)
        return [
            ["a", now, "queued", "manual", "mlopsctl backfill a1b2c3", None, None, None, None],
            ["b", now, "success", "scheduled", None, now, later, now, later],
        ]

    at, day_after = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, 0, 0, 0, 500000, tzinfo=UTC)
    assert metadata(answer).runs_between("it's", at, day_after) == [
        DagRun("a", at, RunState.QUEUED, "manual", owner="a1b2c3"),
        DagRun("b", at, RunState.SUCCESS, "scheduled", at, day_after, (at, day_after)),
    ]
    assert "dag_id = 'it''s'" in asked[0]
    assert "BETWEEN '2024-01-01T00:00:00+00:00' AND '2024-01-02T00:00:00.500000+00:00'" in asked[0]


def test_the_timetable_as_airflow_serializes_it() -> None:
    written = {"__type": "airflow.timetables.simple.NullTimetable", "__var": {}}
    assert metadata(lambda sql: [written]).timetable("d") == written


@pytest.mark.parametrize("rows", [[], [None]])
def test_a_dag_that_is_not_written_down_has_no_timetable(rows: list[Any]) -> None:
    with pytest.raises(MlopsctlError, match="Airflow has not written d down yet") as caught:
        metadata(lambda sql: rows).timetable("d")
    assert caught.value.hint.text() == "mlopsctl dags errors"
