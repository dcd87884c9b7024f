"""Converting API objects to rows, and the statements that insert the rows."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from metadata_to_warehouse import records

SQL = Path(records.__file__).parent / "sql"
# MySQLdb inserts many rows at once if a statement matches this; otherwise it sends one statement per row.
BULK_INSERT = re.compile(r"\s*(REPLACE\b.+\bVALUES\s*)(\(\s*%\(.+\)s\s*(?:,\s*%\(.+\)s\s*)*\))\s*\Z", re.DOTALL)

RUN = {
    "dag_id": "a", "dag_run_id": "scheduled__1", "run_type": "scheduled", "state": "success", "logical_date": None,
    "queued_at": "2024-01-01T15:00:00Z", "start_date": "2024-01-01T15:00:01.250000Z",
    "end_date": "2024-01-01T15:00:03+00:00", "duration": 1.75, "conf": {"password": "x"},
}  # fmt: skip
TASK = {
    "dag_id": "a", "dag_run_id": "scheduled__1", "task_id": "t", "map_index": -1, "try_number": 2, "state": "failed",
    "operator": None, "queued_when": None, "start_date": None, "end_date": "2024-01-01T15:00:03Z", "duration": None,
}  # fmt: skip


def test_times_are_converted_to_seoul() -> None:
    assert records.to_seoul("2023-12-31T15:00:00.5Z") == datetime(2024, 1, 1, 0, 0, 0, 500_000)
    assert records.to_seoul(datetime(2023, 12, 31, 15, tzinfo=UTC)) == datetime(2024, 1, 1)
    assert records.to_seoul(None) is None


def test_row_of_a_run_does_not_contain_its_conf() -> None:
    assert records.dag_run(RUN) == {
        "dag_id": "a",
        "run_id": "scheduled__1",
        "run_type": "scheduled",
        "state": "success",
        "logical_date": None,
        "queued_at": datetime(2024, 1, 2),
        "started": datetime(2024, 1, 2, 0, 0, 1, 250_000),
        "ended": datetime(2024, 1, 2, 0, 0, 3),
        "seconds": 1.75,
    }


@pytest.mark.parametrize(
    ("states", "unfinished"),
    [
        (records.RUN_STATES, {"queued", "running"}),
        # A cleared task has no state, but still has the end date of its previous try.
        (records.TASK_STATES, {"none", "no_status", "scheduled", "queued", "running", "restarting", "up_for_retry"}),
    ],
)
def test_query_only_matches_final_states(states: tuple[str, ...], unfinished: set[str]) -> None:
    query = records.ended_between(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, 1, tzinfo=UTC), states)
    assert query == {
        "end_date_gte": "2024-01-01T00:00:00+00:00",
        "end_date_lt": "2024-01-01T01:00:00+00:00",
        "state": list(states),
        "order_by": "end_date",
    }
    assert {"success", "failed"} <= set(states) and not unfinished & set(states)


@pytest.mark.parametrize(
    ("file", "row"),
    [
        ("replace_dag_runs.sql", records.dag_run(RUN)),
        ("replace_task_instances.sql", records.task_instance(TASK)),
    ],
)
def test_statement_inserts_all_columns_in_bulk(file: str, row: dict[str, object]) -> None:
    statement = (SQL / file).read_text(encoding="utf-8")
    assert BULK_INSERT.match(statement)
    columns = re.findall(r"\w+", statement.partition("(")[2].partition(")")[0])
    assert columns == re.findall(r"%\((\w+)\)s", statement) == list(row)
    table = re.findall(r"^  (\w+) ", (SQL / file.replace("replace", "create")).read_text(encoding="utf-8"), re.M)
    assert [name for name in table if name not in ("PRIMARY", "KEY")] == columns
