"""What an upgrade says that it will do. That the platform runs afterwards is shown by tests/live/test_upgrade.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import ImportErrorReport
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Step
from mlopsctl.operations import upgrade as operation
from mlopsctl.operations.upgrade import Upgrade, plan
from tests.operations.upgrade.venvs import platform, upgrade, venv, versions


def test_the_plan_says_what_happens_to_which(tmp_path: Path) -> None:
    venv(tmp_path / "venv", "3.3.1")
    assert [(step.name, step.what) for step in plan(upgrade(tmp_path)).steps] == [
        ("airflow", "install Airflow 3.3.2 beside Airflow 3.3.1, which runs on meanwhile"),
        ("dump", f"stop Airflow, dump its metadata to {tmp_path}/dumps/metadata-3.3.1.sql"),
        ("venv", "put Airflow 3.3.2 in the place of Airflow 3.3.1"),
        ("initialise", "migrate the metadata"),
        ("verify", "start; if all is not well, Airflow 3.3.1 comes back with its metadata"),
    ]


def test_the_installed_one_is_nothing_to_do(tmp_path: Path) -> None:
    venv(tmp_path / "venv", "3.3.2")
    assert plan(upgrade(tmp_path)).empty
    assert [step.state for step in operation.run(upgrade(tmp_path))] == ["ok"]


def test_what_a_failed_one_has_left_goes_with_a_word(tmp_path: Path) -> None:
    venv(tmp_path / "venv", "3.3.2")
    venv(tmp_path / "venv.next", "3.4.0")  # of an upgrade that failed, and that nobody wants any more
    assert [step.what for step in plan(upgrade(tmp_path)).steps] == [f"remove {tmp_path}/venv.next"]
    assert [step.state for step in operation.run(upgrade(tmp_path))] == ["changed"]
    assert versions(tmp_path) == {"venv": "3.3.2"}


def test_airflow_goes_on_where_a_file_broke_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv(tmp_path / "venv", "3.3.1")
    (tmp_path / "airflow/dags").mkdir(parents=True)
    (tmp_path / "airflow/dags/a.py").touch()
    errors: list[ImportErrorReport] = []

    def build(_: Upgrade) -> Iterator[Step]:
        errors.append(ImportErrorReport("a.py", "SyntaxError"))
        yield Step("airflow", StepState.CHANGED)

    monkeypatch.setattr(operation, "_build", build)
    this = Upgrade(platform(tmp_path, errors), platform(tmp_path, airflow_version="3.3.2"))
    assert len(plan(this).steps) == 5
    with pytest.raises(MlopsctlError, match=r"a\.py cannot be imported under the installed Airflow either\."):
        list(operation.run(this))
    assert versions(tmp_path) == {"venv": "3.3.1"} and not this.home.metadata_backups.exists()


def test_what_the_new_one_cannot_import_has_another_remedy_once_the_old_one_is_back() -> None:
    broken = MlopsctlError("d.py cannot be imported: x", hint="mlopsctl dags errors", code="import-error")
    told = operation._told(broken, "3.3.1", "3.3.2")
    assert told.message.splitlines()[1:] == ["Airflow 3.3.1 is back, with its metadata as they were."]
    assert (
        told.hint.text() == "mlopsctl upgrade --airflow-version 3.3.2   # after the file was made to fit Airflow 3.3.2"
    )
    assert (
        operation._told(MlopsctlError("x", hint="mlopsctl status"), "3.3.1", "3.3.2").hint.text() == "mlopsctl status"
    )
