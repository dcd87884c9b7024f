"""What a plan tells of services that will be restarted. That they are is shown by tests/live/test_setup.py."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from mlopsctl.adapters.files import make_secret
from mlopsctl.adapters.supervisor.config import Program, render
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.paths import AIRFLOW, SERVICES, Home
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import ServiceState
from mlopsctl.operations.services.lifecycle import StartStage
from mlopsctl.operations.setup.configure import Configure
from mlopsctl.operations.setup.databases import FeatureStore, Metadata
from mlopsctl.operations.setup.install import Install
from mlopsctl.operations.setup.request import Request
from mlopsctl.operations.setup.start import Start, Supervise
from tests.fake_api import api_v2

ALL = "restart api-server, scheduler, dag-processor, triggerer"


class Up(Supervisor):
    """One whose services have been running for a minute from now on."""

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


def request(home: Path, *, up: bool = True, **wished: object) -> Request:
    platform = App(home, "setup", Output()).platform_with(replace(Settings(), **wished))  # type: ignore[arg-type]
    platform = replace(platform, api=api_v2(home, alive))
    return Request(replace(platform, supervisor=Up(platform.home)) if up else platform)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Set up for the default settings, as far as files go."""
    made = request(tmp_path)
    make_secret(tmp_path / "secrets" / "postgres-airflow-password")
    list(Configure(made).do())
    made.platform.venv.path.mkdir()
    made.platform.venv.write_record(InstallRecord("3.3.2", "3.11", "bundled", Install(made)._wanted))
    return tmp_path


def test_where_nothing_changes_nothing_is_restarted(home: Path) -> None:
    assert Start(request(home)).todo() == ""


def test_an_airflow_cfg_that_will_change_restarts_all_that_read_it(home: Path) -> None:
    wished = request(home, timezone="UTC")
    assert Start(wished).todo() == f"{ALL}: airflow.cfg changes"
    list(Configure(wished).do())
    assert Start(wished).todo() == "", "it is written: the files tell by now, and these services are newer"


def test_packages_that_will_be_installed_restart_all_that_import_them(home: Path, tmp_path: Path) -> None:
    (tmp_path / "course").mkdir()
    wished = request(home, dags=(str(tmp_path / "course"),))
    assert Start(wished).todo() == "", "a folder without requirements.txt brings no package"
    (tmp_path / "course" / "requirements.txt").write_text("xgboost\n")
    assert Start(wished).todo() == f"{ALL}: packages are installed"
    wished = request(home, dags=(str(tmp_path / "course"),), timezone="UTC")
    assert Start(wished).todo() == f"{ALL}: airflow.cfg changes, packages are installed"


def test_what_does_not_run_is_started_and_not_restarted(home: Path) -> None:
    wished = request(home, up=False, timezone="UTC")
    assert Start(wished).todo() == ", ".join(AIRFLOW)


def test_a_service_that_is_down_is_told_beside_those_that_are_restarted(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Up(Home(home)).states()
    monkeypatch.setattr(Up, "states", lambda _: {name: s for name, s in whole.items() if name != "scheduler"})
    said = "restart api-server, dag-processor, triggerer: airflow.cfg changes; scheduler"
    assert Start(request(home, timezone="UTC")).todo() == said


def test_a_stage_restarts_for_a_file_that_is_to_come_as_for_one_that_has_come(home: Path) -> None:
    file = home / "airflow" / "airflow.cfg"

    class Old(Up):
        def start_time(self, name: str) -> float:
            return file.stat().st_mtime - 60

    written = StartStage("scheduler", (), Old(Home(home)), lambda _: True, [file])
    coming = StartStage("scheduler", (), Up(Home(home)), lambda _: True, [file], coming={file: "it changes"})
    other = replace(coming, coming={home / "other": "it changes"})
    assert [stage.todo() for stage in (written, coming, other)] == [
        "restart: its configuration changed", "restart: it changes", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stage", "server", "name"), [(Metadata, "postgres", "postgresql.conf"), (FeatureStore, "mariadb", "my.cnf")]
)
def test_a_databases_configuration_that_will_change_restarts_it(
    home: Path, stage: type[Metadata] | type[FeatureStore], server: str, name: str
) -> None:
    made = getattr(request(home).platform, server)
    made.write_conf()
    made.data.mkdir(exist_ok=True)
    made.conf.write_text("# of a former mlopsctl\n")
    assert stage(request(home)).todo() == f"restart: {name} changes"
    assert stage(request(home, up=False)).todo() == "start"


@pytest.fixture
def supervised() -> Iterator[Request]:
    """With a real supervisord, whose services are as those of this home, but only sleep."""
    with tempfile.TemporaryDirectory(prefix="s ") as folder:  # short: a socket's path has 107 bytes
        made = request(Path(folder), up=False)
        home, supervisor = made.platform.home, made.platform.supervisor
        for needed in (home.services_cwd, home.logs):
            needed.mkdir(parents=True)
        supervisor.configure(render(home, [Program(p.name, ("/bin/sleep", "600")) for p in made.platform.programs()]))
        supervisor.spawn()
        yield made
        supervisor.shutdown()
        until = time.monotonic() + 10
        while supervisor.processes() and time.monotonic() < until:
            time.sleep(0.05)
        assert supervisor.processes() == []


def test_services_whose_command_changes_are_named_where_they_run(supervised: Request) -> None:
    supervisor = supervised.platform.supervisor
    assert Supervise(supervised).todo() == "services changed"
    for name in ("api-server", "mariadb"):
        supervisor.start(name)
    assert Supervise(supervised).todo() == "services changed: restart mariadb, api-server"
    elsewhere = request(supervised.platform.home.root, up=False, external_feature_store=True)
    assert Supervise(elsewhere).todo() == "services changed: restart api-server; stop mariadb"
