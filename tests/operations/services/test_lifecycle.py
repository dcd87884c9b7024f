"""Plans of start, stop and restart, and services without supervisord. Real services are started in tests/live."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import ServiceAction, StepState
from mlopsctl.core.steps import PlannedStep
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import lifecycle
from mlopsctl.operations.services.stop_steps import StopSupervisorStep


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """A platform that is not running."""
    return App(tmp_path, "start", Output()).platform_with(Settings())


@pytest.fixture
def orphan(platform: Platform) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of a service whose supervisord has died."""
    platform.home.services_cwd.mkdir(parents=True)
    with subprocess.Popen(["/bin/sleep", "600"], cwd=platform.home.services_cwd) as process:
        yield process
        process.kill()


def planned(platform: Platform, action: ServiceAction, *names: str) -> list[str]:
    return [step.name for step in lifecycle.plan(platform, action, names).steps]


def test_a_restart_is_planned_as_one_step_per_service(platform: Platform) -> None:
    names = ["scheduler", "triggerer"]
    restart = lifecycle.plan(platform, ServiceAction.RESTART, names)
    assert restart.steps == tuple(PlannedStep(name, "restart") for name in names)
    assert [step.what for step in lifecycle.plan(platform, ServiceAction.START, names).steps] == ["start", "start"]
    assert lifecycle.plan(platform, ServiceAction.STOP, names).empty


@pytest.mark.parametrize("name", ["webserver", "postgres"])
def test_only_services_of_this_home_can_be_selected(tmp_path: Path, name: str) -> None:
    platform = App(tmp_path, "start", Output()).platform_with(Settings(external_metadata_db=True))
    with pytest.raises(MlopsctlError) as caught:
        lifecycle.select_services(platform, [name])
    assert caught.value.code == "no-service"


def test_without_supervisord_a_single_service_cannot_be_stopped(
    platform: Platform, orphan: "subprocess.Popen[bytes]"
) -> None:
    with pytest.raises(MlopsctlError, match=f"process {orphan.pid}, 1 in total") as caught:
        lifecycle.plan(platform, ServiceAction.STOP, ["scheduler"])
    assert (caught.value.code, caught.value.hint.command) == ("supervisor", ("stop",))
    *_, step = lifecycle.run(platform, ServiceAction.RESTART, ["scheduler"])  # on a busy machine, it is running first
    assert step.state == StepState.FAILED and orphan.poll() is None


def test_stopping_all_services_ends_orphaned_processes(platform: Platform, orphan: "subprocess.Popen[bytes]") -> None:
    names = lifecycle.select_services(platform, ())
    assert lifecycle.plan(platform, ServiceAction.STOP, names).steps[-1] == PlannedStep("supervisor", "stop")
    *_, last = lifecycle.run(platform, ServiceAction.STOP, names)
    assert (last.name, last.state) == ("supervisor", StepState.CHANGED)
    assert not psutil.pid_exists(orphan.pid)


def test_starting_one_service_also_starts_the_databases_that_it_has_to_end(
    platform: Platform, orphan: "subprocess.Popen[bytes]"
) -> None:
    assert planned(platform, ServiceAction.START, "scheduler") == ["postgres", "mariadb", "scheduler"]
    orphan.kill()
    orphan.wait()
    assert planned(platform, ServiceAction.START, "scheduler") == ["scheduler"]


def test_a_shutdown_fails_if_a_process_is_left(platform: Platform, orphan: "subprocess.Popen[bytes]") -> None:
    with pytest.raises(MlopsctlError) as caught:
        StopSupervisorStep((), platform.supervisor).detail()
    assert (caught.value.code, caught.value.hint.line) == ("not-stopped", f"kill -9 {orphan.pid}")
