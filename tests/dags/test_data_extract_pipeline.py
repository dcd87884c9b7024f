"""The pipeline's SQL and its notion of the day, without Airflow; what needs Airflow is driven in tests/live."""

import ast
import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zlib import crc32

import pendulum
import pytest

PACKAGE = Path(__file__).parents[2] / "dags" / "data_extract_pipeline"
SOURCE = (PACKAGE / "data_extract_pipeline.py").read_text(encoding="utf-8")
SQL = {path.stem: path.read_text(encoding="utf-8") for path in (PACKAGE / "sql").glob("*.sql")}


SQL_CALLS = ("data_day", "scratch")


def macros() -> dict[str, Any]:
    """The functions that the SQL calls, taken out of the file, whose imports this Python does not have."""
    functions: list[ast.stmt] = [
        n for n in ast.parse(SOURCE).body if isinstance(n, ast.FunctionDef) and n.name in SQL_CALLS
    ]
    names: dict[str, Any] = {"pendulum": pendulum, "crc32": crc32, "TIMEZONE": "Asia/Seoul", "Any": Any}
    exec(compile(ast.Module(functions, []), "data_extract_pipeline.py", "exec"), names)  # noqa: S102
    return names


MACROS = macros()


def run(logical: datetime | None, run_id: str = "manual__1") -> SimpleNamespace:
    return SimpleNamespace(logical_date=logical, run_after=datetime(2026, 3, 1, 16, 0, tzinfo=UTC), run_id=run_id)


def render(task: str, dag_run: SimpleNamespace, params: dict[str, object] | None = None) -> str:
    def call(match: re.Match[str]) -> str:
        return str(MACROS[match[1]](dag_run, params or {}))

    rendered = re.sub(r"\{\{ (\w+)\(dag_run, params\) \}\}", call, SQL[task])
    assert "{" not in rendered
    return rendered


@pytest.mark.parametrize(
    ("logical", "day"),
    [
        (datetime(2024, 1, 1, tzinfo=UTC), "20240101"),  # as mlopsctl backfill makes it
        (datetime(2023, 12, 31, 15, 0, tzinfo=UTC), "20240101"),  # 00:00 in Seoul; its ds is 2023-12-31
        (datetime(2024, 1, 1, 14, 59, 59, tzinfo=UTC), "20240101"),
        (datetime(2024, 2, 28, 15, 0, tzinfo=UTC), "20240229"),
        (None, "20260302"),  # started from the web page without a logical date: 01:00 in Seoul
    ],
)
def test_the_day_is_the_one_that_was_named(logical: datetime | None, day: str) -> None:
    assert MACROS["data_day"](run(logical), {"base_dt": None}) == day


def test_a_day_in_the_form_goes_before_all() -> None:
    assert MACROS["data_day"](run(datetime(2024, 1, 1, tzinfo=UTC)), {"base_dt": "20231203"}) == "20231203"


def test_scratch_tables_of_two_runs_never_meet_and_those_of_two_tries_are_the_same() -> None:
    first, second = run(None, "manual__1"), run(None, "manual__2")
    assert MACROS["scratch"](first, {}) != MACROS["scratch"](second, {})
    assert MACROS["scratch"](first, {}) == MACROS["scratch"](run(None, "manual__1"), {})
    assert MACROS["scratch"](first, {}).startswith("20260302_")


def test_there_are_seven_tasks_and_each_has_its_file() -> None:
    tasks = re.findall(r"task_id=\"(\w+)\", sql=\"(\w+)\.sql\"", re.sub(r"\s+", " ", SOURCE))
    assert [task for task, _ in tasks] == [file for _, file in tasks]
    assert [task for task, _ in tasks] == [
        "create_scratch_database",
        "drop_applicants",
        "create_applicants",
        "drop_family_counts",
        "create_family_counts",
        "delete_features",
        "insert_features",
    ]
    assert set(SQL) == {task for task, _ in tasks}


@pytest.mark.parametrize("task", sorted(SQL))
def test_each_file_is_one_statement(task: str) -> None:
    rendered = render(task, run(datetime(2024, 1, 1, tzinfo=UTC)))
    code = re.sub(r"^--.*\n", "", rendered, flags=re.MULTILINE).strip()
    assert code.count(";") == 1
    assert code.endswith(";")
    assert "%" not in code, "the driver would take it for a parameter"


def test_the_rendered_statements_name_the_day() -> None:
    of_day = run(datetime(2024, 1, 1, tzinfo=UTC))
    end = MACROS["scratch"](of_day, {})
    assert render("delete_features", of_day) == (
        "DELETE FROM mlops.ineligible_loan_model_features\n WHERE base_dt = '20240101';\n"
    )
    assert render("drop_applicants", of_day) == f"DROP TABLE IF EXISTS temp.loan_applicants_{end};\n"
    assert f"CREATE OR REPLACE TABLE temp.family_counts_{end} " in render("create_family_counts", of_day)
    assert "WHERE base_dt = '20240101'" in render("create_family_counts", of_day)
    assert f"FROM temp.loan_applicants_{end} a" in render("insert_features", of_day)


def test_it_imports_nothing_from_mlopsctl_nor_anything_heavy() -> None:
    modules = {node.module for node in ast.parse(SOURCE).body if isinstance(node, ast.ImportFrom)}
    modules |= {a.name for node in ast.parse(SOURCE).body if isinstance(node, ast.Import) for a in node.names}
    assert modules == {
        "logging", "datetime", "pathlib", "typing", "zlib", "pendulum", "airflow.sdk",
        "airflow.providers.common.sql.operators.sql", "support.alerts",
    }  # fmt: skip
