"""tests/live/test_databases.py shows that PostgreSQL accepts the query."""

from mlopsctl.adapters.airflow.metadb.user_data import count_query


def test_values_are_quoted() -> None:
    sql = count_query(["admin", "it's"], "by 'setup'")
    assert "username NOT IN ('admin', 'it''s')" in sql
    assert sql.count("description IS DISTINCT FROM 'by ''setup'''") == 2
