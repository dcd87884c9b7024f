"""Which packages the steps of setup install, and in what order. Real installations: tests/live/test_setup.py."""

from collections.abc import Callable, Iterator, Sequence
from functools import partialmethod
from pathlib import Path

import pytest

from mlopsctl.adapters.venv import Venv
from mlopsctl.operations.setup.install import InstallStep
from mlopsctl.operations.setup.request import SetupRequest
from mlopsctl.operations.setup.requirements import RequirementsStep
from tests.operations.setup.test_start import request

AIRFLOW = ["apache-airflow==3.3.2", "apache-airflow-core==3.3.2", "apache-airflow-providers-fab==3.9.0"]
LOCK = [*AIRFLOW, "apache-airflow-providers-mysql==6.6.2", "pandas==2.3.3"]


class Uv:
    """Records what is installed."""

    def __init__(self, lock: Sequence[str]) -> None:
        self.lock_text = "\n".join(lock)
        self.installed: list[list[str]] = []

    def create(self, venv: Venv, python: str) -> None:
        venv.python.parent.mkdir(parents=True)
        venv.python.touch()

    def lock(self, venv: Venv, requirements: Sequence[str], constraints: Path, *, offline: bool) -> Path:
        path = venv.home.cache / "requirements.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.lock_text)
        return path

    def install(self, venv: Venv, requirements: Sequence[str], constraints: Path, *, offline: bool) -> Iterator[str]:
        venv.record_path.unlink(missing_ok=True)
        self.installed.append(list(requirements))
        yield "installed"


def _call(venv: Venv, method: Callable[..., object], *args: object, **named: object) -> object:
    return method(venv, *args, **named)


@pytest.fixture
def uv(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Uv:
    fake = Uv(getattr(request, "param", LOCK))
    for method in (fake.create, fake.lock, fake.install):
        monkeypatch.setattr(Venv, method.__name__, partialmethod(_call, method))
    monkeypatch.setattr(InstallStep, "_check_complete", lambda _: None)
    return fake


def wanted(home: Path, *requirements: str) -> SetupRequest:
    """A setup with one DAGs folder, which requires these packages."""
    dags = home / "project"
    dags.mkdir(exist_ok=True)
    if requirements:
        (dags / "requirements.txt").write_text("\n".join(requirements))
    return request(home, dags=(str(dags),), constraints="bundled")


def install(made: SetupRequest) -> RequirementsStep:
    """Run the first of the two steps; return the second."""
    step = InstallStep(made, airflow_first=True)
    list(step.do())
    return RequirementsStep(step)


def test_airflow_is_installed_before_what_the_dags_require(tmp_path: Path, uv: Uv) -> None:
    made = wanted(tmp_path, "pandas")
    second = install(made)
    assert uv.installed == [AIRFLOW]
    assert made.platform.venv.record() is None, "the installation is incomplete"
    assert second.todo()
    list(second.do())
    assert uv.installed[1] == list(made.requirements)
    assert made.platform.venv.record() and not second.todo() and not second.install.todo()


def test_without_requirements_of_dags_there_is_one_step(tmp_path: Path, uv: Uv) -> None:
    made = wanted(tmp_path)
    assert not install(made).todo()
    assert uv.installed == [list(made.requirements)]


def test_packages_are_added_to_an_existing_installation_in_one_step(tmp_path: Path, uv: Uv) -> None:
    install(wanted(tmp_path))
    made = wanted(tmp_path, "pandas")
    assert not install(made).todo()
    assert uv.installed[1] == list(made.requirements)


@pytest.mark.parametrize("uv", [[*LOCK, "-e file:///project"]], indirect=True)
def test_a_package_in_development_mode_is_installed_in_one_step(tmp_path: Path, uv: Uv) -> None:
    """uv does not accept it as a constraint."""
    made = wanted(tmp_path, "-e /project")
    assert not install(made).todo()
    assert uv.installed == [list(made.requirements)]


def test_an_upgrade_installs_all_at_once(tmp_path: Path, uv: Uv) -> None:
    made = wanted(tmp_path, "pandas")
    list(InstallStep(made).do())
    assert uv.installed == [list(made.requirements)]
    assert made.platform.venv.record()
