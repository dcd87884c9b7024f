"""tests/live/test_backfill.py shows that PostgreSQL accepts the query."""

from datetime import UTC, datetime
from typing import Any

from tests.adapters.airflow.metadb.test_client import metadata

AT = datetime(2024, 1, 1, tzinfo=UTC)


def test_query_names_the_dag_the_range_and_the_states() -> None:
    asked: list[str] = []

    def answer(sql: str) -> list[Any]:
        asked.append(sql)
        return ["b"]

    assert metadata(answer).empty_runs("d'", AT, AT) == {"b"}
    assert "r.dag_id = 'd''' AND r.logical_date BETWEEN '2024-01-01T00:00:00+00:00' AND" in asked[0]
    assert "t.state IN ('success', 'failed', 'upstream_failed', 'skipped')" in asked[0]
