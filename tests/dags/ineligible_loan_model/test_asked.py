"""The day as of which a run trains or reports, without Airflow; what needs Airflow is driven in tests/live."""

import ast
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pendulum
import pytest
from support.days import TIMEZONE, data_day

PACKAGE = Path(__file__).parents[3] / "dags" / "ineligible_loan_model"


def asked(file: str) -> Any:
    """The function, taken out of the file, whose imports this Python does not have."""
    source = (PACKAGE / f"{file}.py").read_text(encoding="utf-8")
    wanted: list[ast.stmt] = [n for n in ast.parse(source).body if getattr(n, "name", "") == "asked"]
    names: dict[str, Any] = {
        "pendulum": pendulum, "TIMEZONE": TIMEZONE, "data_day": data_day, "Any": Any, "Mapping": Mapping,
    }  # fmt: skip
    exec(compile(ast.Module(wanted, []), file, "exec"), names)  # noqa: S102
    return names["asked"]


CT, REPORT = asked("ineligible_loan_model_ct"), asked("model_performance_report")
NONE: dict[str, Any] = {"base_dt": None}


def run(moment: str) -> SimpleNamespace:
    """A run whose logical date is that, in UTC."""
    return SimpleNamespace(logical_date=datetime.fromisoformat(f"{moment}+00:00"), run_after=None)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2024-01-31T20:00", "20240301"),  # 2024-02-01 05:00 in Seoul: the run named 2024-02
        ("2024-02-15T00:00", "20240301"),
        ("2023-12-31T20:00", "20240201"),
    ],
)
def test_a_training_is_of_the_day_after_its_month(moment: str, day: str) -> None:
    assert CT(run(moment), NONE) == day


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2023-12-31T21:00", "20240108"),  # Monday 2024-01-01 06:00 in Seoul
        ("2024-01-07T12:00", "20240108"),  # the Sunday after it
    ],
)
def test_a_report_is_of_the_monday_after_its_week(moment: str, day: str) -> None:
    assert REPORT(run(moment), NONE) == day


@pytest.mark.parametrize("of", [CT, REPORT])
def test_a_day_in_the_form_goes_before_the_runs_and_no_day_is_later_than_today(of: Any) -> None:
    today = pendulum.today(TIMEZONE)
    assert of(run("2024-01-01T00:00"), {"base_dt": "20231201"}) == "20231201"
    assert of(run("2024-01-01T00:00"), {"base_dt": "29991231"}) == today.format("YYYYMMDD")
    now = SimpleNamespace(logical_date=None, run_after=pendulum.now("UTC"))
    assert of(now, NONE) == today.format("YYYYMMDD")


@pytest.mark.parametrize("file", ["ineligible_loan_model_ct", "ineligible_loan_model_cd", "model_performance_report"])
def test_nothing_of_mlopsctl_nor_anything_heavy_is_imported_when_airflow_reads_the_file(file: str) -> None:
    tree = ast.parse((PACKAGE / f"{file}.py").read_text(encoding="utf-8"))
    modules = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    assert modules <= {
        "logging", "time", "collections.abc", "datetime", "pathlib", "typing", "pendulum", "airflow.sdk",
        "airflow.sdk.exceptions", "airflow.providers.standard.operators.trigger_dagrun", "support.alerts",
        "support.days", "support.defaults",
    }  # fmt: skip
