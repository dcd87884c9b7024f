import os
import time

from mlopsctl.core.paths import AIRFLOW, DATABASES
from mlopsctl.core.states import ServiceState
from tests.operations.doctor.checks.services.conftest import Services
from tests.operations.doctor.contexts import findings, is_ok, outcome


def test_services_that_are_not_running(services: Services) -> None:
    (finding,) = findings("running", services.root)
    assert finding.hint.command == ("start",)
    services.start("mariadb")
    down = tuple(name for name in (*DATABASES, *AIRFLOW) if name != "mariadb")
    found = findings("running", services.root)
    assert [finding.hint.command for finding in found] == [("start", name) for name in down]
    assert {finding.details for finding in found} == {down}


def test_service_that_exits_on_every_start_is_shown_with_its_log(services: Services) -> None:
    assert is_ok("restarts", services.root)
    services.supervisor.start("triggerer")
    services.wait_for("triggerer", ServiceState.BACKOFF)
    verdict, message = outcome("restarts", services.root)
    assert verdict == "error" and message.startswith("triggerer ") and message.endswith("\n           no such table")


def test_service_that_exits_repeatedly(services: Services) -> None:
    process = services.start("scheduler")
    for _ in range(3):
        assert is_ok("restarts", services.root)
        process.kill()
        process = services.wait_until_up("scheduler", not_pid=process.pid)
    verdict, message = outcome("restarts", services.root)
    assert verdict == "error" and message.startswith("scheduler exited unexpectedly 3 times")


def test_service_that_was_started_before_its_configuration_changed(services: Services) -> None:
    services.start("scheduler")
    assert is_ok("restart-needed", services.root)
    later = time.time() + 60
    os.utime(services.home.airflow_cfg, (later, later))
    (finding,) = findings("restart-needed", services.root)
    assert (finding.verdict, finding.details) == ("warning", ("scheduler",))
