"""Which venv stands where at each moment at which an upgrade can be broken off, and what is refused before it begins.

That the platform runs afterwards is shown by tests/live/test_upgrade.py.
"""

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mlopsctl.adapters.venv import InstallRecord, Venv
from mlopsctl.errors import MlopsctlError
from mlopsctl.operations import upgrade as operation
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.upgrade import Upgrade, check_not_begun, plan
from mlopsctl.paths import Home
from mlopsctl.settings import Settings


def venv(path: Path, version: str) -> None:
    path.mkdir()
    Venv(Home(path.parent), path).write_record(InstallRecord(version, "3.11", "bundled", "digest"))


def platform(folder: Path, **settings: Any) -> Platform:
    supervisor = SimpleNamespace(states=dict, running=lambda: False)
    made = SimpleNamespace(home=Home(folder), settings=Settings(**settings), supervisor=supervisor)
    return cast(Platform, made)


def upgrade(folder: Path, after: str = "3.3.2", **settings: Any) -> Upgrade:
    return Upgrade(platform(folder, **settings), platform(folder, airflow_version=after))


def versions(folder: Path) -> dict[str, str]:
    found = {path.name: Venv(Home(folder), path).record() for path in folder.glob("venv*")}
    return {name: record.airflow_version if record else "" for name, record in sorted(found.items())}


def refused(this: Upgrade) -> MlopsctlError:
    with pytest.raises(MlopsctlError) as caught:
        plan(this)
    return caught.value


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


@pytest.mark.parametrize(
    ("after", "settings", "code"),
    [
        ("2.11.0", {}, "unknown-version"),
        ("3.3", {}, "unknown-version"),
        ("3.3.1", {}, "older"),
        ("3.2.9", {}, "older"),
        ("3.10.0", {"external_metadata_db": True}, "external"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_done(
    tmp_path: Path, after: str, settings: dict[str, Any], code: str
) -> None:
    venv(tmp_path / "venv", "3.3.2")
    assert refused(upgrade(tmp_path, after, **settings)).code == code
    assert versions(tmp_path) == {"venv": "3.3.2"}


def test_nothing_installed_is_a_matter_of_setup(tmp_path: Path) -> None:
    error = refused(upgrade(tmp_path))
    assert (error.code, error.hint) == ("no-airflow", "mlopsctl setup")


def test_there_and_back(tmp_path: Path) -> None:
    this = upgrade(tmp_path)
    venv(tmp_path / "venv", "3.3.1")
    venv(tmp_path / "venv.next", "3.3.2")
    assert operation._exchange(this) == "Airflow 3.3.2 is in the place of 3.3.1"
    assert versions(tmp_path) == {"venv": "3.3.2", "venv.before": "3.3.1"}
    assert this.begun and this.before == "3.3.1"
    assert operation._exchange(this) == "Airflow 3.3.2 is in the place of 3.3.1", "again it changes nothing"
    assert operation._exchange_back(this) == "Airflow 3.3.1 is in its place again"
    assert versions(tmp_path) == {"venv": "3.3.1"}


@pytest.mark.parametrize("way", ["on", "back"])
def test_between_the_two_renamings_it_goes_on_or_back(tmp_path: Path, way: str) -> None:
    this = upgrade(tmp_path)
    venv(tmp_path / "venv.before", "3.3.1")
    venv(tmp_path / "venv.next", "3.3.2")
    if way == "on":
        operation._exchange(this)
        assert versions(tmp_path) == {"venv": "3.3.2", "venv.before": "3.3.1"}
    else:
        operation._exchange_back(this)
        assert versions(tmp_path) == {"venv": "3.3.1"}


@pytest.mark.parametrize("new", ["venv", "venv.next"])
def test_while_the_old_one_stands_by_nothing_else_may_start(tmp_path: Path, new: str) -> None:
    check_not_begun(Home(tmp_path))
    venv(tmp_path / "venv.before", "3.3.1")
    venv(tmp_path / new, "3.3.2")
    with pytest.raises(MlopsctlError) as caught:
        check_not_begun(Home(tmp_path))
    assert caught.value.message == "an upgrade to Airflow 3.3.2 was broken off, and is to be finished first."
    assert caught.value.hint == (
        "mlopsctl upgrade --airflow-version 3.3.2\nor back: mlopsctl upgrade --airflow-version 3.3.1"
    )
    check_not_begun(Home(tmp_path), "3.3.2")
    check_not_begun(Home(tmp_path), "3.3.1")
    assert refused(upgrade(tmp_path, "3.4.0")).code == "half-upgraded"
    assert [step.name for step in plan(upgrade(tmp_path)).steps] == ["venv", "initialise", "verify"]
    (step,) = plan(upgrade(tmp_path, "3.3.1")).steps
    assert step.what == "bring Airflow 3.3.1 back, with its metadata"


def test_two_ruins_are_a_matter_of_setup(tmp_path: Path) -> None:
    Home(tmp_path).venv_before.mkdir()
    with pytest.raises(MlopsctlError, match=r"neither .*/venv nor .*/venv\.before is whole"):
        check_not_begun(Home(tmp_path))


def test_what_is_half_removed_is_not_taken_for_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv(tmp_path / "venv.next", "3.3.2")
    monkeypatch.setattr(shutil, "rmtree", lambda path, ignore_errors: None)  # killed
    operation._remove(tmp_path / "venv.next", Home(tmp_path))
    assert versions(tmp_path) == {"venv.next": ""}
