"""DAG files of which Airflow shows neither a DAG nor an error. Real ones: tests/live/test_dags.py."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mlopsctl.core.model import DagDetails, ImportErrorReport
from mlopsctl.core.paths import Home
from mlopsctl.operations.dags.import_errors import unreported
from mlopsctl.operations.dags.import_errors.listing import diagnose
from mlopsctl.operations.platform import Platform
from tests.fake_file_reader import FakeFileReader

DAG = "from airflow.sdk import DAG\nx = DAG('{}')\n"


def platform(tmp_path: Path, dags: list[DagDetails], **answers: dict[str, Any]) -> Platform:
    home = Home(tmp_path)
    home.dags.mkdir(parents=True, exist_ok=True)
    airflow = FakeFileReader(home, {f"{name}.py": answer for name, answer in answers.items()})
    api = SimpleNamespace(dags=lambda: dags, import_errors=list)
    return cast(Platform, SimpleNamespace(home=home, airflow=airflow, api=api, dags_folders=[]))


def shown(path: Path, parsed: float) -> DagDetails:
    """`parsed`: seconds from now."""
    at = datetime.fromtimestamp(time.time() + parsed, UTC)
    return DagDetails(path.stem, None, "", False, False, str(path), relative_file=path.name, parsed_at=at)


def write(folder: Path, name: str, age: float = 0.0) -> Path:
    path = folder / f"{name}.py"
    path.write_text(DAG.format(name))
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def test_suspects_are_files_without_dag_or_error_and_files_that_should_have_been_read(tmp_path: Path) -> None:
    found = platform(tmp_path, dags := [])
    write(found.home.dags, "silent")
    write(found.home.dags, "failed")
    dags.append(shown(write(found.home.dags, "changed", age=60), parsed=-100))
    dags.append(shown(write(found.home.dags, "changed_just_now", age=5), parsed=-100))
    dags.append(shown(write(found.home.dags, "read", age=200), parsed=-100))
    assert unreported.find_suspects(found, ["failed.py"]) == ["changed.py", "silent.py"]
    (found.home.dags / "loop").symlink_to(found.home.dags)
    assert unreported.find_suspects(found, []) == []


def end(**how: Any) -> dict[str, Any]:
    return {"exit": None, "signal": "", "stack": [], "bytes": 2_000_000_000} | how


@pytest.mark.parametrize(
    ("how", "cause", "part"),
    [
        (end(exit=0), "process-ended", "os._exit(0)"),
        (end(signal="SIGKILL"), "process-ended", "2,000 MB of memory"),
        (end(signal="SIGSEGV"), "process-ended", "crashes with SIGSEGV"),
        (end(), "timeout", "more than 35 s"),
    ],
)
def test_early_end_has_a_cause_and_a_remedy(tmp_path: Path, how: dict[str, Any], cause: str, part: str) -> None:
    found = platform(tmp_path, [], bad=how)
    (report,) = unreported.read(found, ["bad.py"]).reports
    diagnosis = diagnose(report)
    assert (diagnosis.cause, part in diagnosis.message) == (cause, True)
    assert diagnosis.hint.note


def test_early_end_has_the_line_in_the_file(tmp_path: Path) -> None:
    found = platform(tmp_path, [])
    path = str(found.home.dags / "bad.py")
    stack = [["/elsewhere/read_dag_files.py", 1], [path, 7], [path, 3]]
    found = platform(tmp_path, [], bad=end(exit=3, stack=stack))
    (report,) = unreported.read(found, ["bad.py"]).reports
    assert diagnose(report).message.endswith("(bad.py, line 3)")


def test_errors_of_zip_files_are_named_from_the_dags_folder(tmp_path: Path) -> None:
    found = platform(tmp_path, [])
    error = {f"{found.home.dags}/d.py": "Traceback:\nValueError: no\n"}
    found = platform(tmp_path, [], d={"dag_ids": [], "errors": error, "seconds": 0.1})
    outcome = unreported.read(found, ["d.py"])
    assert outcome.reports == [ImportErrorReport("d.py", "Traceback:\nValueError: no\n")]
    assert outcome.settled == {"d.py"}


def test_file_that_defines_a_dag_is_still_to_be_read(tmp_path: Path) -> None:
    outcome = unreported.read(platform(tmp_path, []), ["new.py"])
    assert (outcome.reports, outcome.settled) == ([], set())
