"""What holds a setup up at its end, and what does not. That a platform is well is shown by tests/live/test_setup.py."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import DagDetails, ImportErrorReport
from mlopsctl.core.paths import Home
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.setup import health_check
from mlopsctl.operations.setup.health_check import Verify
from mlopsctl.operations.setup.request import Request

DAG = "from airflow.sdk import DAG\nwith DAG('x'):\n    pass\n"
WELL = "all components healthy, DAG files read: 1, no import error"
BROKEN = "ModuleNotFoundError: No module named 'pnadas'"


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    """With one DAG file, which Airflow has read."""
    folder = Home(tmp_path).dags
    folder.mkdir(parents=True)
    (folder / "read.py").write_text(DAG)
    return folder


def broken(file: str, seconds: float) -> ImportErrorReport:
    """Met so many seconds from now."""
    return ImportErrorReport(file, f"Traceback:\n{BROKEN}\n", datetime.now(UTC) + timedelta(seconds=seconds))


def told(dags: Path, *looks: list[ImportErrorReport]) -> tuple[Verify, Callable[[], int]]:
    """`looks`: the import errors at each, the last for good. And how many there have been."""
    left = list(looks) or [[]]
    seen: list[int] = []

    def import_errors() -> list[ImportErrorReport]:
        seen.append(1)
        return left.pop(0) if len(left) > 1 else left[0]

    known = [DagDetails("x", None, "", False, False, str(dags / "read.py"))]
    health = dict.fromkeys(("metadatabase", "scheduler", "triggerer", "dag_processor"), "healthy")
    api = SimpleNamespace(health=lambda: health, dags=lambda: known, import_errors=import_errors)
    platform = SimpleNamespace(home=Home(dags.parents[1]), api=api, programs=tuple)
    return Verify(Request(cast(Platform, platform))), lambda: len(seen)


def refused(this: Verify) -> MlopsctlError:
    with pytest.raises(MlopsctlError) as caught:
        this.detail()
    return caught.value


def test_what_airflow_ignores_is_not_waited_for(dags: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_check, "PARSE_SECONDS", 0.0)
    (dags / "draft.py").write_text(DAG)
    error = refused(told(dags)[0])
    assert (error.code, error.message) == ("no-dag", f"no DAG was found in {dags / 'draft.py'}.")
    (dags / ".airflowignore").write_text("draft.py\n")
    assert told(dags)[0].detail() == WELL


def test_a_broken_file_that_has_gone_is_no_error(dags: Path) -> None:
    assert told(dags, [broken("gone.py", 1)])[0].detail() == WELL


def test_a_file_that_airflow_cannot_import_now_is_told_at_once(dags: Path) -> None:
    (dags / "new.py").write_text(DAG)
    this, looks = told(dags, [broken("new.py", 1)])
    error = refused(this)
    assert (error.code, error.message, looks()) == ("import-error", f"new.py cannot be imported: {BROKEN}", 1)


def test_an_error_of_before_may_pass(dags: Path) -> None:
    this, looks = told(dags, [broken("read.py", -1)], [])
    assert (this.detail(), looks()) == (WELL, 2)


def test_an_error_of_before_that_stays_is_told_in_the_end(dags: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_check, "PARSE_SECONDS", 0.5)
    began = time.monotonic()
    this, looks = told(dags, [broken("read.py", -1)])
    assert refused(this).code == "import-error"
    assert time.monotonic() - began > 0.5 and looks() > 1
