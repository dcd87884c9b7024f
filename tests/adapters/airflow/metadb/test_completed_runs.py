"""tests/live/test_backfills.py shows that PostgreSQL accepts the query."""

from datetime import UTC, datetime
from typing import Any

from tests.adapters.airflow.metadb.test_client import metadata

AT = datetime(2024, 1, 1, tzinfo=UTC)


def test_query_names_the_runs_and_the_time() -> None:
    asked: list[str] = []

    def answer(sql: str) -> list[Any]:
        asked.append(sql)
        return ["b"]

    assert metadata(answer).completed_runs("d", ["a'", "b"], AT) == ["b"]
    assert "r.dag_id = 'd' AND r.run_id IN ('a''', 'b') AND r.state = 'failed'" in asked[0]
    assert "t.updated_at < '2024-01-01T00:00:00+00:00'" in asked[0]


def test_no_query_without_runs() -> None:
    def never(sql: str) -> list[Any]:
        raise AssertionError(sql)

    assert metadata(never).completed_runs("d", [], AT) == []
