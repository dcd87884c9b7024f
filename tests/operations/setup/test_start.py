"""The services that a plan of setup restarts. Real restarts: tests/live/test_setup.py."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from mlopsctl.adapters.files import make_secret
from mlopsctl.adapters.supervisor import processes
from mlopsctl.adapters.supervisor.config import Program, render
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.paths import AIRFLOW, SERVICES, Home
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import ServiceState
from mlopsctl.operations.services.start_steps import StartServiceStep
from mlopsctl.operations.setup.configure import ConfigureStep
from mlopsctl.operations.setup.databases import FeatureStoreStep, MetadataServerStep
from mlopsctl.operations.setup.install import InstallStep
from mlopsctl.operations.setup.request import SetupRequest
from mlopsctl.operations.setup.start import StartStep, SupervisorStep
from tests.fake_api import api_v2

ALL = "restart api-server, scheduler, dag-processor, triggerer"


class RunningSupervisor(Supervisor):
    """A supervisord whose services are newer than every file."""

    def states(self) -> dict[str, ServiceStatus]:
        return {name: ServiceStatus(name, ServiceState.RUNNING, 1, 60, None) for name in SERVICES}

    def start_time(self, name: str) -> float:
        return time.time() + 60

    def listens_on(self, port: int) -> bool:
        return True


def alive(_: httpx.Request) -> httpx.Response:
    parts = ("scheduler", "triggerer", "dag_processor")
    health = {p: {"status": "healthy", f"latest_{p}_heartbeat": "2099-01-01T00:00:00+00:00"} for p in parts}
    return httpx.Response(200, json=health)


def request(home: Path, *, up: bool = True, **settings: object) -> SetupRequest:
    platform = App(home, "setup", Output()).platform_with(replace(Settings(), **settings))  # type: ignore[arg-type]
    platform = replace(platform, api=api_v2(home, alive))
    return SetupRequest(replace(platform, supervisor=RunningSupervisor(platform.home)) if up else platform)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The files of a platform with default settings."""
    made = request(tmp_path)
    make_secret(tmp_path / "secrets" / "postgres-airflow-password")
    list(ConfigureStep(made).do())
    made.platform.venv.path.mkdir()
    made.platform.venv.write_record(InstallRecord("3.3.2", "3.11", "bundled", InstallStep(made)._wanted))
    return tmp_path


def test_without_changes_nothing_is_restarted(home: Path) -> None:
    assert StartStep(request(home)).todo() == ""


def test_a_changed_airflow_cfg_restarts_the_services_that_read_it(home: Path) -> None:
    changed = request(home, timezone="UTC")
    assert StartStep(changed).todo() == f"{ALL}: airflow.cfg changes"
    list(ConfigureStep(changed).do())
    assert StartStep(changed).todo() == "", (
        "after it was written, the times of the files decide, and the services are newer"
    )


def test_new_packages_restart_the_services_that_import_them(home: Path, tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    changed = request(home, dags=(str(tmp_path / "dags"),))
    assert StartStep(changed).todo() == "", "without requirements.txt no packages are installed"
    (tmp_path / "dags" / "requirements.txt").write_text("xgboost\n")
    assert StartStep(changed).todo() == f"{ALL}: packages are installed"
    changed = request(home, dags=(str(tmp_path / "dags"),), timezone="UTC")
    assert StartStep(changed).todo() == f"{ALL}: airflow.cfg changes, packages are installed"


def test_stopped_services_are_started(home: Path) -> None:
    changed = request(home, up=False, timezone="UTC")
    assert StartStep(changed).todo() == ", ".join(AIRFLOW)


def test_some_services_are_restarted_and_some_started(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states = RunningSupervisor(Home(home)).states()
    monkeypatch.setattr(
        RunningSupervisor, "states", lambda _: {name: s for name, s in states.items() if name != "scheduler"}
    )
    expected = "restart api-server, dag-processor, triggerer: airflow.cfg changes; scheduler"
    assert StartStep(request(home, timezone="UTC")).todo() == expected


def test_a_pending_change_restarts_a_service_like_a_change_that_was_written(home: Path) -> None:
    file = home / "airflow" / "airflow.cfg"

    class Old(RunningSupervisor):
        def start_time(self, name: str) -> float:
            return file.stat().st_mtime - 60

    written = StartServiceStep("scheduler", (), Old(Home(home)), lambda _: True, [file])
    pending = StartServiceStep(
        "scheduler", (), RunningSupervisor(Home(home)), lambda _: True, [file], pending={file: "it changes"}
    )
    other = replace(pending, pending={home / "other": "it changes"})
    assert [step.todo() for step in (written, pending, other)] == [
        "restart: its configuration changed", "restart: it changes", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("step", "server", "name"),
    [(MetadataServerStep, "postgres", "postgresql.conf"), (FeatureStoreStep, "mariadb", "my.cnf")],
)
def test_a_changed_configuration_restarts_a_database(
    home: Path, step: type[MetadataServerStep] | type[FeatureStoreStep], server: str, name: str
) -> None:
    made = getattr(request(home).platform, server)
    made.write_conf()
    made.data.mkdir(exist_ok=True)
    made.conf.write_text("# written by an older mlopsctl\n")
    assert step(request(home)).todo() == f"restart: {name} changes"
    assert step(request(home, up=False)).todo() == "start"


@pytest.fixture
def supervised() -> Iterator[SetupRequest]:
    """A real supervisord, whose services have the names of those of the home but only sleep."""
    with tempfile.TemporaryDirectory(prefix="s ") as folder:  # short: the path of a socket has at most 107 bytes
        made = request(Path(folder), up=False)
        home, supervisor = made.platform.home, made.platform.supervisor
        for needed in (home.services_cwd, home.logs):
            needed.mkdir(parents=True)
        supervisor.configure(render(home, [Program(p.name, ("/bin/sleep", "600")) for p in made.platform.programs()]))
        supervisor.spawn()
        yield made
        supervised_processes = supervisor.processes()
        processes.end(supervised_processes, kill_after=0.01)
        assert not processes.wait_until_ended(supervised_processes, timeout=10)


def test_running_services_whose_command_changes_are_named(supervised: SetupRequest) -> None:
    supervisor = supervised.platform.supervisor
    assert SupervisorStep(supervised).todo() == "services changed"
    for name in ("api-server", "mariadb"):
        supervisor.start(name)
    assert SupervisorStep(supervised).todo() == "services changed: restart mariadb, api-server"
    elsewhere = request(supervised.platform.home.root, up=False, external_feature_store=True)
    assert SupervisorStep(elsewhere).todo() == "services changed: restart api-server; stop mariadb"
