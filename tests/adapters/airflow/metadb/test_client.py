"""Queries on the metadata, and their rows as our types. tests/live shows that PostgreSQL accepts them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow.interface import MAX_SLOTS
from mlopsctl.adapters.airflow.metadb.client import MetadataDatabase
from mlopsctl.adapters.airflow.metadb.queries import timezone_name
from mlopsctl.adapters.airflow.programs import AirflowPrograms
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
class FakePostgres(Postgres):
    """Answers a query with the rows that the test chooses."""

    answer: Callable[[str], list[Any]] = lambda sql: []

    def query(self, sql: str, timeout: float = 10.0) -> str:
        return json.dumps(self.answer(sql))


def metadata(answer: Callable[[str], list[Any]]) -> MetadataDatabase:
    home = Home(Path("/h"))
    return MetadataDatabase(FakePostgres(home, answer), AirflowPrograms(home))


def test_backfill_is_read_from_a_row() -> None:
    (found,) = metadata(lambda sql: [ROW]).backfills()
    assert found == BACKFILL
    assert (found.active, found.total, found.unfinished) == (True, 10, 7)


def test_own_ids_stay_text_even_if_they_look_like_a_number() -> None:
    (found,) = metadata(lambda sql: [ROW | {"id": "123456", "engine": "runs", "state": "done"}]).backfills()
    assert (found.id, found.active) == ("123456", False)


def test_values_are_quoted() -> None:
    queries: list[str] = []

    def answer(sql: str) -> list[dict[str, Any]]:
        queries.append(sql)
        return []

    database = metadata(answer)
    database.backfills(dag_id="x' OR true --", id_="y'", ended=3)
    database.backfill_runs(BACKFILL, ["queued"])
    database.unclearable_runs("z'")
    database.backfill_tasks(BACKFILL, ["t'"])
    database.timezone("x';DROP TABLE dag;--")
    backfills, runs, unclearable, tasks, zone = queries
    assert "e.dag_id = 'x'' OR true --' AND e.id = 'y'''" in backfills and "age <= 3" in backfills
    assert "owner = '7' AND engine = 'airflow' AND state IN ('queued')" in runs
    assert "dag_id = 'z'''" in unclearable
    assert "t.id IN ('t''')" in tasks
    assert "s.dag_id = 'x'';DROP TABLE dag;--' ORDER" in zone


def test_all_ended_backfills_can_be_listed() -> None:
    queries: list[str] = []

    def answer(sql: str) -> list[dict[str, Any]]:
        queries.append(sql)
        return []

    metadata(answer).backfills(ended=None)
    assert "age <= 2147483648" in queries[0] and "WHERE true" in queries[0]


def test_runs_of_a_backfill_and_unclearable_runs() -> None:
    row = {
        "run_id": "backfill__1", "logical_date": "2024-01-01T00:00:00+00:00", "state": "queued", "run_type": "backfill",
    }  # fmt: skip
    database = metadata(lambda sql: [row, row | {"run_id": "backfill__2", "logical_date": None}])
    assert database.backfill_runs(BACKFILL) == [
        DagRun("backfill__1", datetime(2024, 1, 1, tzinfo=UTC), RunState.QUEUED, "backfill"),
        DagRun("backfill__2", None, RunState.QUEUED, "backfill"),
    ]
    assert database.unclearable_runs("d") == {"backfill__1", "backfill__2"}


def test_external_database_is_queried_by_a_script(tmp_path: Path) -> None:
    queries: list[tuple[str, Mapping[str, Any]]] = []

    class Script(AirflowPrograms):
        def run_script(self, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
            queries.append((name, request))
            return {"answer": json.dumps([ROW])}

    (tmp_path / "url").write_text("postgresql://u:p@host/airflow\n")
    home = Home(tmp_path)
    database = MetadataDatabase(Postgres(home), Script(home), tmp_path / "url")
    assert database.backfills() == [BACKFILL]
    ((name, request),) = queries
    assert (name, request["url"]) == ("metadata", "postgresql://u:p@host/airflow") and "counted" in request["sql"]


@pytest.mark.parametrize(
    ("written", "name"),
    [("Asia/Seoul", "Asia/Seoul"), ("UTC", "UTC"), ("32400", "+09:00"), ("-12600", "-03:30"), ("0", "+00:00")],
)
def test_offset_is_serialized_as_seconds(written: str, name: str) -> None:
    assert timezone_name(written) == name
    assert dates.load_timezone(name)
    assert metadata(lambda sql: [written]).timezone("d") == name


@pytest.mark.parametrize("rows", [[], [None]])
def test_dag_that_is_not_serialized_has_no_timezone(rows: list[None]) -> None:
    assert metadata(lambda sql: rows).timezone("d") is None


def test_runs_between_equals_the_apis_runs() -> None:
    queries: list[str] = []
    now, later = "2024-01-01T00:00:00+00:00", "2024-01-02T00:00:00.5+00:00"

    def answer(sql: str) -> list[Any]:
        queries.append(sql)
        return [
            ["a", now, "queued", "manual", "mlopsctl backfill a1b2c3", None, None, None, None],
            ["b", now, "success", "scheduled", None, now, later, now, later],
        ]

    at, day_after = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, 0, 0, 0, 500000, tzinfo=UTC)
    assert metadata(answer).runs_between("it's", at, day_after) == [
        DagRun("a", at, RunState.QUEUED, "manual", owner="a1b2c3"),
        DagRun("b", at, RunState.SUCCESS, "scheduled", at, day_after, (at, day_after)),
    ]
    assert "dag_id = 'it''s'" in queries[0]
    assert "BETWEEN '2024-01-01T00:00:00+00:00' AND '2024-01-02T00:00:00.500000+00:00'" in queries[0]


def test_slots_come_from_airflows_timetable(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    first, last = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)

    def run_script(_: AirflowPrograms, name: str, request: dict[str, Any]) -> dict[str, Any]:
        asked.append((name, request))
        return {"slots": [[at.isoformat() for at in (first, first, last)]]}

    monkeypatch.setattr(AirflowPrograms, "run_script", run_script)
    timetable = {"__type": "airflow.timetables.simple.NullTimetable", "__var": {}}
    assert metadata(lambda sql: [timetable]).slots("d", first, last) == {first: (first, last)}
    words = {"timetable": timetable, "start": first.isoformat(), "end": last.isoformat(), "limit": MAX_SLOTS + 1}
    assert asked == [("schedule", words)]


def test_triggered_dags_are_those_of_tasks_and_not_of_sensors() -> None:
    dependencies = [
        {"source": "d", "target": "e", "dependency_type": "trigger", "dependency_id": "call"},
        {"source": "d", "target": "{{ params.dag }}", "dependency_type": "trigger", "dependency_id": "any"},
        {"source": "up", "target": "d", "dependency_type": "sensor", "dependency_id": "wait"},
    ]
    assert metadata(lambda sql: [dependencies]).triggered_dags("d") == [("call", "e"), ("any", "")]
    assert metadata(lambda sql: [None]).triggered_dags("d") == []


@pytest.mark.parametrize("rows", [[], [None]])
def test_dag_that_is_not_serialized_has_no_slots(rows: list[Any]) -> None:
    with pytest.raises(MlopsctlError, match="Airflow has not serialized d yet") as caught:
        metadata(lambda sql: rows).slots("d", datetime.now(UTC), datetime.now(UTC))
    assert caught.value.hint.text() == "mlopsctl dags errors"
