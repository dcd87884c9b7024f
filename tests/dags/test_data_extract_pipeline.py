"""The pipeline's SQL and scratch tables; tests/live runs the DAG."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from zlib import crc32

import pytest
from support.days import data_day

from tests.dags.dag_source import DAGS, load_definitions

PACKAGE = DAGS / "data_extract_pipeline"
FILE = PACKAGE / "data_extract_pipeline.py"
SQL = {path.stem: path.read_text(encoding="utf-8") for path in (PACKAGE / "sql").glob("*.sql")}
MACROS = load_definitions(
    FILE, ["scratch_suffix"], {"crc32": crc32, "data_day": data_day, "Any": Any, "Mapping": Mapping}
)


def run(logical_date: datetime | None, run_id: str = "manual__1") -> SimpleNamespace:
    return SimpleNamespace(logical_date=logical_date, run_after=datetime(2026, 3, 1, 16, 0, tzinfo=UTC), run_id=run_id)


NEW_YEAR = run(datetime(2024, 1, 1, tzinfo=UTC))


def scratch_suffix(dag_run: SimpleNamespace, params: dict[str, object] | None = None) -> str:
    return str(MACROS["scratch_suffix"](dag_run, params or {}))


def render(task: str, dag_run: SimpleNamespace) -> str:
    def call(match: re.Match[str]) -> str:
        return str(MACROS[match[1]](dag_run, {}))

    rendered = re.sub(r"\{\{ (\w+)\(dag_run, params\) \}\}", call, SQL[task])
    assert "{" not in rendered
    return rendered


def test_scratch_suffix_starts_with_the_data_day() -> None:
    assert scratch_suffix(run(datetime(2023, 12, 31, 15, 0, tzinfo=UTC))).startswith("20240101_")
    assert scratch_suffix(run(None)).startswith("20260302_")
    assert scratch_suffix(run(None), {"base_dt": "20231203"}).startswith("20231203_")


def test_scratch_suffix_is_unique_per_run_and_stable_across_tries() -> None:
    first, second = run(None, "manual__1"), run(None, "manual__2")
    assert scratch_suffix(first) != scratch_suffix(second)
    assert scratch_suffix(first) == scratch_suffix(run(None, "manual__1"))


def test_each_task_has_a_file_of_the_same_name() -> None:
    source = re.sub(r"\s+", " ", FILE.read_text(encoding="utf-8"))
    tasks = re.findall(r"task_id=\"(\w+)\", sql=\"(\w+)\.sql\"", source)
    assert tasks == [
        (name, name)
        for name in (
            "create_scratch_database",
            "drop_applicants",
            "create_applicants",
            "drop_family_counts",
            "create_family_counts",
            "delete_features",
            "insert_features",
        )
    ]
    assert set(SQL) == {task for task, _ in tasks}


@pytest.mark.parametrize("task", sorted(SQL))
def test_each_file_is_one_statement(task: str) -> None:
    code = re.sub(r"^--.*\n", "", render(task, NEW_YEAR), flags=re.MULTILINE).strip()
    assert code.count(";") == 1
    assert code.endswith(";")
    assert "%" not in code, "the driver would interpret it as a parameter"


def test_statements_contain_the_day_and_the_scratch_tables() -> None:
    suffix = scratch_suffix(NEW_YEAR)
    assert render("delete_features", NEW_YEAR) == (
        "DELETE FROM mlops.ineligible_loan_model_features\n WHERE base_dt = '20240101';\n"
    )
    assert render("drop_applicants", NEW_YEAR) == f"DROP TABLE IF EXISTS temp.loan_applicants_{suffix};\n"
    assert f"CREATE OR REPLACE TABLE temp.family_counts_{suffix} " in render("create_family_counts", NEW_YEAR)
    assert "WHERE base_dt = '20240101'" in render("create_family_counts", NEW_YEAR)
    assert f"FROM temp.loan_applicants_{suffix} a" in render("insert_features", NEW_YEAR)
