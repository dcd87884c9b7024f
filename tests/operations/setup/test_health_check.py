"""What the health check of setup waits for, and what makes it fail. A real platform: tests/live/test_setup.py."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import DagDetails, ImportErrorReport
from mlopsctl.core.paths import Home
from mlopsctl.core.states import Health
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.setup.health_check import HealthCheck
from mlopsctl.operations.setup.request import SetupRequest
from tests.fake_clock import FakeClock
from tests.fake_file_reader import FakeFileReader

DAG = "from airflow.sdk import DAG\nwith DAG('x'):\n    pass\n"
BROKEN = "ModuleNotFoundError: No module named 'pnadas'"


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    """With one DAG file, which Airflow has read."""
    folder = Home(tmp_path).dags
    folder.mkdir(parents=True)
    (folder / "read.py").write_text(DAG)
    return folder


def broken(file: str, seconds: float) -> ImportErrorReport:
    """An import error of a time, in seconds from now."""
    return ImportErrorReport(file, f"Traceback:\n{BROKEN}\n", datetime.now(UTC) + timedelta(seconds=seconds))


def health_check(dags: Path, *answers: list[ImportErrorReport]) -> tuple[HealthCheck, Callable[[], int]]:
    """A check of a platform with these import errors, one list after the other, the last again and again; and a
    function that counts how often they were read."""
    left = list(answers) or [[]]
    seen: list[int] = []

    def import_errors() -> list[ImportErrorReport]:
        seen.append(1)
        return left.pop(0) if len(left) > 1 else left[0]

    known = [DagDetails("x", None, "", False, False, str(dags / "read.py"))]
    health = dict.fromkeys(("metadatabase", "scheduler", "triggerer", "dag_processor"), "healthy")
    api = SimpleNamespace(health=lambda: health, dags=lambda: known, import_errors=import_errors)
    airflow = FakeFileReader(Home(dags.parents[1]))
    platform = SimpleNamespace(home=airflow.home, api=api, airflow=airflow, programs=tuple)
    return HealthCheck(SetupRequest(cast(Platform, platform)), clock=FakeClock()), lambda: len(seen)


def failure(check: HealthCheck) -> MlopsctlError:
    with pytest.raises(MlopsctlError) as caught:
        check.detail()
    return caught.value


def test_a_file_that_airflow_does_not_read_is_an_error_unless_it_is_ignored(dags: Path) -> None:
    (dags / "draft.py").write_text(DAG.replace("'x'", "'y'"))
    error = failure(health_check(dags)[0])
    assert error.code == "no-dag" and str(dags / "draft.py") in error.message
    (dags / ".airflowignore").write_text("draft.py\n")
    assert "DAG files read: 1" in health_check(dags)[0].detail()


def test_a_second_file_with_the_same_dag_is_not_waited_for(dags: Path) -> None:
    (dags / "copy.py").write_text(DAG)
    assert "DAG files read: 1" in health_check(dags)[0].detail()


def test_an_import_error_of_a_deleted_file_is_ignored(dags: Path) -> None:
    assert health_check(dags, [broken("gone.py", 1)])[0].detail()


def test_a_new_import_error_fails_at_once(dags: Path) -> None:
    (dags / "new.py").write_text(DAG)
    check, reads = health_check(dags, [broken("new.py", 1)])
    error = failure(check)
    assert (error.code, reads()) == ("import-error", 1)
    assert "new.py" in error.message and BROKEN in error.message


def test_an_old_import_error_may_disappear(dags: Path) -> None:
    check, reads = health_check(dags, [broken("read.py", -1)], [])
    assert check.detail() and reads() == 2


def test_an_old_import_error_that_stays_fails_at_the_timeout(dags: Path) -> None:
    check, reads = health_check(dags, [broken("read.py", -1)])
    assert failure(check).code == "import-error"
    assert reads() > 100


def test_an_unhealthy_component_fails(dags: Path) -> None:
    check, _ = health_check(dags)
    check.request.platform.api.health = lambda: {"metadatabase": Health.UNHEALTHY}  # type: ignore[method-assign]
    assert failure(check).code == "unhealthy"


def test_the_next_heartbeat_of_a_busy_machine_is_waited_for(dags: Path) -> None:
    check, _ = health_check(dags)
    api = check.request.platform.api
    healthy, answers = api.health(), [{"metadatabase": Health.UNHEALTHY}]
    api.health = lambda: answers.pop() if answers else healthy  # type: ignore[method-assign]
    assert check.detail().startswith("all components healthy")
