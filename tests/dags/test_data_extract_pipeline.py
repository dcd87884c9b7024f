"""The pipeline's SQL and its notion of the day, without Airflow; what needs Airflow is driven in tests/live."""

import ast
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zlib import crc32

import pytest
from support.days import data_day

PACKAGE = Path(__file__).parents[2] / "dags" / "data_extract_pipeline"
SOURCE = (PACKAGE / "data_extract_pipeline.py").read_text(encoding="utf-8")
SQL = {path.stem: path.read_text(encoding="utf-8") for path in (PACKAGE / "sql").glob("*.sql")}


def macros() -> dict[str, Any]:
    """The functions that the SQL calls; the file's own is taken out of it, whose imports this Python does not have."""
    functions: list[ast.stmt] = [
        n for n in ast.parse(SOURCE).body if isinstance(n, ast.FunctionDef) and n.name == "scratch"
    ]
    names: dict[str, Any] = {"crc32": crc32, "data_day": data_day, "Any": Any, "Mapping": Mapping}
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


def test_the_day_and_the_connection_are_those_of_all_pipelines() -> None:
    names = {n.id for n in ast.walk(ast.parse(SOURCE)) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    names |= {n.name for n in ast.walk(ast.parse(SOURCE)) if isinstance(n, ast.FunctionDef)}
    assert not names & {"TIMEZONE", "CONNECTION", "data_day"}
    assert MACROS["scratch"](run(datetime(2023, 12, 31, 15, 0, tzinfo=UTC)), {}).startswith("20240101_")
    assert MACROS["scratch"](run(None), {"base_dt": "20231203"}).startswith("20231203_")


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
        "collections.abc", "logging", "pathlib", "typing", "zlib", "airflow.sdk",
        "airflow.providers.common.sql.operators.sql", "support.alerts", "support.days", "support.defaults",
        "support.feature_store",
    }  # fmt: skip
