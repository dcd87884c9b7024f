"""Plans of an upgrade, and what happens to files and errors. Real upgrades: tests/live/test_upgrade.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ImportErrorReport
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Step
from mlopsctl.operations.upgrade import steps as operation
from mlopsctl.operations.upgrade.state import Upgrade
from mlopsctl.operations.upgrade.steps import plan
from tests.operations.upgrade.venvs import platform, upgrade, venv, versions


def test_the_plan_names_both_releases_and_the_dump(tmp_path: Path) -> None:
    venv(tmp_path / "venv", "3.3.1")
    assert [(step.name, step.what) for step in plan(upgrade(tmp_path)).steps] == [
        ("airflow", "install Airflow 3.3.2 next to Airflow 3.3.1, which keeps running"),
        ("dump", f"stop Airflow, dump its metadata to {tmp_path}/dumps/metadata-3.3.1.sql"),
        ("venv", "replace Airflow 3.3.1 with Airflow 3.3.2"),
        ("initialise", "migrate the metadata"),
        ("verify", "start Airflow; if it is not healthy, restore Airflow 3.3.1 and its metadata"),
    ]


def test_with_workers_tasks_end_before_the_metadata_are_dumped(tmp_path: Path) -> None:
    venv(tmp_path / "venv", "3.3.1")
    names = [step.name for step in plan(upgrade(tmp_path, executor="celery")).steps]
    assert names == ["airflow", "tasks", "dump", "venv", "initialise", "verify"]


def test_the_installed_release_needs_no_upgrade(tmp_path: Path) -> None:
    venv(tmp_path / "venv", "3.3.2")
    assert plan(upgrade(tmp_path)).empty
    assert [step.state for step in operation.run(upgrade(tmp_path))] == [StepState.OK]


def test_files_of_a_failed_upgrade_are_removed(tmp_path: Path) -> None:
    venv(tmp_path / "venv", "3.3.2")
    venv(tmp_path / "venv.next", "3.4.0")
    assert [step.what for step in plan(upgrade(tmp_path)).steps] == [f"remove {tmp_path}/venv.next"]
    assert [step.state for step in operation.run(upgrade(tmp_path))] == [StepState.CHANGED]
    assert versions(tmp_path) == {"venv": "3.3.2"}


def test_a_file_that_breaks_during_the_installation_ends_the_upgrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv(tmp_path / "venv", "3.3.1")
    (tmp_path / "airflow/dags").mkdir(parents=True)
    (tmp_path / "airflow/dags/a.py").touch()
    errors: list[ImportErrorReport] = []

    def install(_: Upgrade) -> Iterator[Step]:
        errors.append(ImportErrorReport("a.py", "SyntaxError"))
        yield Step("airflow", StepState.CHANGED)

    monkeypatch.setattr(operation, "_install", install)
    requested = Upgrade(platform(tmp_path, errors), platform(tmp_path, airflow_version="3.3.2"))
    assert len(plan(requested).steps) == 5
    with pytest.raises(MlopsctlError) as caught:
        list(operation.run(requested))
    assert caught.value.code == "import-error"
    assert versions(tmp_path) == {"venv": "3.3.1"} and not requested.home.metadata_backups.exists()


def test_an_import_error_of_the_new_release_has_another_hint_after_the_old_one_was_restored(tmp_path: Path) -> None:
    venv(tmp_path / "venv", "3.3.1")
    requested = upgrade(tmp_path)
    broken = MlopsctlError("d.py cannot be imported: x", hint=Hint.of("dags", "errors"), code="import-error")
    error = operation._after_restore(broken, requested, "3.3.1")
    assert error.message.splitlines()[1:] == ["Airflow 3.3.1 and its metadata were restored."]
    assert error.hint.command == ("upgrade", "--airflow-version", "3.3.2")
    other = MlopsctlError("x", hint=Hint.of("status"))
    assert operation._after_restore(other, requested, "3.3.1").hint.command == ("status",)


def test_an_import_error_after_an_upgrade_from_airflow_2_suggests_to_migrate_the_dags(tmp_path: Path) -> None:
    venv(tmp_path / "venv", "2.11.2")
    broken = MlopsctlError("d.py cannot be imported: x", hint=Hint.of("dags", "errors"), code="import-error")
    error = operation._after_restore(broken, upgrade(tmp_path), "2.11.2")
    assert error.hint.command[:2] == ("dags", "migrate")
    assert error.hint.other == ("upgrade", "--airflow-version", "3.3.2")
