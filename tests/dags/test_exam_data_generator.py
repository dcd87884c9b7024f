"""Ranges, and what is made of mlopsctl's answers, without Airflow; what needs Airflow is driven in tests/live."""

import ast
import json
import logging
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pendulum
import pytest

FILE = Path(__file__).parents[2] / "dags" / "exam_data_generator" / "exam_data_generator.py"
SOURCE = FILE.read_text(encoding="utf-8")
PURE = ("refuse", "months", "mlopsctl", "failure")
NAMED = ("REFERENCE", "PASSING", "log")


class AirflowException(Exception):
    """A task that ends so is tried again."""


class AirflowFailException(AirflowException):
    """A task that ends so is not."""


def functions() -> dict[str, Any]:
    """The functions that need no Airflow, taken out of the file, whose imports this Python does not have."""
    wanted: list[ast.stmt] = [
        n
        for n in ast.parse(SOURCE).body
        if (isinstance(n, ast.FunctionDef) and n.name in PURE)
        or (isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Name) and n.targets[0].id in NAMED)
    ]
    names: dict[str, Any] = {
        "json": json, "logging": logging, "os": os, "shlex": shlex, "subprocess": subprocess, "pendulum": pendulum,
        "__name__": FILE.stem,
        "AirflowException": AirflowException, "AirflowFailException": AirflowFailException,
    }  # fmt: skip
    exec(compile(ast.Module(wanted, []), FILE.name, "exec"), names)  # noqa: S102
    return names


DAG = functions()


@pytest.mark.parametrize(
    ("start", "end", "parts"),
    [
        ("20260101", "20260131", [["2026-01-01", "2026-01-31"]]),
        ("20260115", "20260115", [["2026-01-15", "2026-01-15"]]),
        (
            "20231215",
            "20240229",
            [["2023-12-15", "2023-12-31"], ["2024-01-01", "2024-01-31"], ["2024-02-01", "2024-02-29"]],
        ),
        ("20231201", "20231201", [["2023-12-01", "2023-12-01"]]),  # the first day after the reference period
        ("20230401", "20230531", [["2023-04-01", "2023-04-30"], ["2023-05-01", "2023-05-31"]]),  # mlopsctl refuses it
    ],
)
def test_a_range_is_cut_into_its_months(start: str, end: str, parts: list[list[str]]) -> None:
    DAG["refuse"](start, end)
    assert DAG["months"](start, end) == parts


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [
        ("20260230", "20260301", "start_day 20260230 is no day of the calendar: day is out of range for month."),
        ("20260101", "20261301", "end_day 20261301 is no day of the calendar: month must be in 1..12."),
        ("20260131", "20260101", "start_day 20260131 is after end_day 20260101."),
        *(
            (
                start,
                end,
                f"{start} … {end} touches the reference period 20230601 … 20231130, which models are trained on: "
                "it is never rewritten from here.",
            )
            for start, end in (
                ("20231130", "20231231"),
                ("20230501", "20230601"),
                ("20230701", "20230702"),
                ("20230101", "20260131"),
            )
        ),
    ],
)
def test_a_range_that_cannot_be_is_refused_with_the_reason(start: str, end: str, sentence: str) -> None:
    with pytest.raises(AirflowFailException) as refused:
        DAG["refuse"](start, end)
    assert str(refused.value) == sentence


def test_a_form_that_mlopsctl_accepts_but_the_page_does_not_promise_is_kept_out_by_the_pattern() -> None:
    (pattern,) = set(re.findall(r'pattern="(.+?)"', SOURCE))
    assert re.search(pattern, "20260101")
    for day in ("2026-01-01", "2026-01", "today", "-7d", "2026101", "202601011", "٢٠٢٦٠١٠١", ""):
        assert not re.search(pattern, day), day


def answer(code: str, hint: str = "wait until it has ended") -> str:
    return json.dumps({"status": "error", "errors": [{"code": code, "message": "it is so.", "hint": hint}]})


@pytest.mark.parametrize("code", ["locked", "rows-locked", "busy", "unreachable", "server-gone"])
def test_what_passes_by_itself_is_tried_again(code: str) -> None:
    error = DAG["failure"](1, answer(code))
    assert type(error) is AirflowException
    assert str(error) == "it is so. Hint: wait until it has ended"


@pytest.mark.parametrize(("exit_code", "code"), [(1, "wrong-schema"), (2, "usage"), (3, "bug")])
def test_what_does_not_pass_fails_at_once_with_mlopsctls_own_sentence(exit_code: int, code: str) -> None:
    error = DAG["failure"](exit_code, answer(code, hint=""))
    assert (type(error), str(error)) == (AirflowFailException, "it is so.")


@pytest.mark.parametrize("said", ["", "{}", '{"errors": []}', "Killed"])
def test_an_end_without_an_answer_is_a_failure_too(said: str) -> None:
    error = DAG["failure"](-9, said)
    assert type(error) is AirflowFailException
    assert str(error) == "mlopsctl ended with -9 and without an answer; its last words stand above."


@pytest.mark.parametrize("missing", ["MLOPSCTL_HOME", "MLOPSCTL_PYTHON"])
def test_in_an_airflow_that_is_not_mlopsctls_it_says_what_is_missing(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPSCTL_HOME", "/nowhere")
    monkeypatch.setenv("MLOPSCTL_PYTHON", sys.executable)
    monkeypatch.delenv(missing)
    with pytest.raises(AirflowFailException, match=r"^MLOPSCTL_HOME and MLOPSCTL_PYTHON are not set: an Airflow that"):
        DAG["mlopsctl"]("seed")


def test_a_python_that_is_gone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPSCTL_HOME", str(tmp_path))
    monkeypatch.setenv("MLOPSCTL_PYTHON", str(tmp_path / "python3"))
    with pytest.raises(AirflowFailException) as error:
        DAG["mlopsctl"]("seed")
    assert str(error.value) == (
        f"{tmp_path / 'python3'}, the Python of mlopsctl, cannot be run (No such file or directory): "
        "say `mlopsctl start` where it is now."
    )


def test_the_real_mlopsctl_is_run_on_the_home_and_minds_nothing_of_airflows_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "click.py").write_text("raise SystemExit('a module of Airflow was imported')")
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "MLOPSCTL_HOME": str(tmp_path / "home"),
        "MLOPSCTL_PYTHON": sys.executable,
        "PYTHONPATH": str(tmp_path),
        "PYTHONHOME": str(tmp_path),
        "VIRTUAL_ENV": str(tmp_path),
        "AIRFLOW_HOME": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(AirflowFailException) as error:
        DAG["mlopsctl"]("seed", "--from", "20260101", "--to", "20260101", "--dry-run")
    home = tmp_path / "home"
    assert str(error.value) == f"there is no platform in {home}. Hint: mlopsctl --home {home} setup"


def test_it_imports_nothing_from_mlopsctl_nor_anything_heavy() -> None:
    modules = {node.module for node in ast.parse(SOURCE).body if isinstance(node, ast.ImportFrom)}
    modules |= {a.name for node in ast.parse(SOURCE).body if isinstance(node, ast.Import) for a in node.names}
    assert modules == {
        "json", "logging", "os", "shlex", "subprocess", "datetime", "typing", "pendulum", "airflow.sdk",
        "airflow.sdk.exceptions", "support.alerts",
    }  # fmt: skip
