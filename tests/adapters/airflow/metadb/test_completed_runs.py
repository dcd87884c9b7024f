"""What is asked of the metadata. That PostgreSQL agrees is shown by tests/live/test_backfills.py."""

from datetime import UTC, datetime
from typing import Any

from mlopsctl.adapters.airflow.metadb.completed_runs import whole
from tests.adapters.airflow.metadb.test_client import metadata

AT = datetime(2024, 1, 1, tzinfo=UTC)


def test_of_the_runs_that_are_named_it_tells_those_that_had_done_all_their_work() -> None:
    asked: list[str] = []

    def answer(sql: str) -> list[Any]:
        asked.append(sql)
        return ["b"]

    assert whole(metadata(answer), "d", ["a'", "b"], AT) == ["b"]
    assert "r.dag_id = 'd' AND r.run_id IN ('a''', 'b') AND r.state = 'failed'" in asked[0]
    assert "t.updated_at < '2024-01-01T00:00:00+00:00'" in asked[0]


def test_of_none_nothing_is_asked() -> None:
    def never(sql: str) -> list[Any]:
        raise AssertionError(sql)

    assert whole(metadata(never), "d", [], AT) == []
