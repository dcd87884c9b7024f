"""Ranges, and running mlopsctl; tests/live runs the DAG."""

import json
import logging
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pendulum
import pytest

from tests.dags.dag_source import DAGS, load_definitions

FILE = DAGS / "exam_data_generator" / "exam_data_generator.py"


class AirflowException(Exception):
    """Airflow retries the task."""


class AirflowFailException(AirflowException):
    """Airflow does not retry the task."""


DAG = load_definitions(
    FILE,
    ["validate_range", "split_by_month", "run_mlopsctl", "to_exception", "REFERENCE_PERIOD", "RETRYABLE", "log"],
    {
        "json": json,
        "logging": logging,
        "os": os,
        "shlex": shlex,
        "subprocess": subprocess,
        "pendulum": pendulum,
        "__name__": FILE.stem,
        "AirflowException": AirflowException,
        "AirflowFailException": AirflowFailException,
    },
)


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
        ("20230401", "20230531", [["2023-04-01", "2023-04-30"], ["2023-05-01", "2023-05-31"]]),  # mlopsctl rejects it
    ],
)
def test_valid_range_is_split_by_month(start: str, end: str, parts: list[list[str]]) -> None:
    DAG["validate_range"](start, end)
    assert DAG["split_by_month"](start, end) == parts


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        ("20260230", "20260301", "start_day 20260230 is not a valid date"),
        ("20260101", "20261301", "end_day 20261301 is not a valid date"),
        ("20260131", "20260101", "start_day 20260131 is after end_day 20260101"),
        ("20231130", "20231231", "overlaps the reference period 20230601 … 20231130"),
        ("20230501", "20230601", "overlaps the reference period 20230601 … 20231130"),
        ("20230701", "20230702", "overlaps the reference period 20230601 … 20231130"),
        ("20230101", "20260131", "overlaps the reference period 20230601 … 20231130"),
    ],
)
def test_invalid_range_fails_without_retry(start: str, end: str, reason: str) -> None:
    with pytest.raises(AirflowFailException, match=reason):
        DAG["validate_range"](start, end)


def test_form_only_accepts_eight_digits() -> None:
    (pattern,) = set(re.findall(r'pattern="(.+?)"', FILE.read_text(encoding="utf-8")))
    assert re.search(pattern, "20260101")
    for day in ("2026-01-01", "2026-01", "today", "-7d", "2026101", "202601011", "٢٠٢٦٠١٠١", ""):
        assert not re.search(pattern, day), day


def error_output(code: str, hint: str) -> str:
    return json.dumps({"status": "error", "errors": [{"code": code, "message": "the message.", "hint": hint}]})


@pytest.mark.parametrize("code", ["locked", "rows-locked", "busy", "unreachable", "server-gone"])
def test_temporary_error_is_retried(code: str) -> None:
    error = DAG["to_exception"](1, error_output(code, hint="the hint"))
    assert type(error) is AirflowException
    assert str(error) == "the message. Hint: the hint"


@pytest.mark.parametrize(("exit_code", "code"), [(1, "wrong-schema"), (2, "usage"), (3, "bug")])
def test_permanent_error_fails_without_retry(exit_code: int, code: str) -> None:
    error = DAG["to_exception"](exit_code, error_output(code, hint=""))
    assert (type(error), str(error)) == (AirflowFailException, "the message.")


@pytest.mark.parametrize("output", ["", "{}", '{"errors": []}', "Killed"])
def test_exit_without_json_output_fails_without_retry(output: str) -> None:
    error = DAG["to_exception"](-9, output)
    assert type(error) is AirflowFailException
    assert "exited with -9" in str(error)


@pytest.mark.parametrize("missing", ["MLOPSCTL_HOME", "MLOPSCTL_PYTHON"])
def test_missing_environment_variable_fails(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPSCTL_HOME", "/nowhere")
    monkeypatch.setenv("MLOPSCTL_PYTHON", sys.executable)
    monkeypatch.delenv(missing)
    with pytest.raises(AirflowFailException, match="MLOPSCTL_HOME and MLOPSCTL_PYTHON are not set"):
        DAG["run_mlopsctl"]("seed")


def test_missing_python_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPSCTL_HOME", str(tmp_path))
    monkeypatch.setenv("MLOPSCTL_PYTHON", str(tmp_path / "python3"))
    with pytest.raises(AirflowFailException, match=f"Cannot run {tmp_path / 'python3'}"):
        DAG["run_mlopsctl"]("seed")


def test_real_mlopsctl_runs_in_the_home_and_ignores_airflows_environment(
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
        DAG["run_mlopsctl"]("seed", "--from", "20260101", "--to", "20260101", "--dry-run")
    assert f"mlopsctl --home {tmp_path / 'home'} setup" in str(error.value)
