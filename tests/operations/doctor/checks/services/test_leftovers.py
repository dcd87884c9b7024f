import os
import signal
import subprocess

from mlopsctl.core.deadline import poll
from tests.operations.doctor.checks.services.conftest import Services
from tests.operations.doctor.contexts import fix_first, is_ok, outcome


def test_services_of_a_supervisord_that_was_killed_are_ended(services: Services) -> None:
    for name in ("postgres", "mariadb"):
        services.start(name)
    assert is_ok("leftovers", services.root)
    supervisor = services.supervisor
    os.kill(int((services.home.run / "supervisord.pid").read_text(encoding="ascii")), signal.SIGKILL)
    assert poll(lambda: not supervisor.running() and len(supervisor.processes()) == 2, every=0.02, give_up_after=10)
    verdict, message = outcome("leftovers", services.root)
    assert verdict == "error" and message.startswith("2 processes ") and "sleep (" in message
    assert fix_first("leftovers", services.root)[-1] == "ended 2 processes"
    assert supervisor.processes() == [] and is_ok("leftovers", services.root)


def test_children_of_an_orphaned_process_are_ended_with_it(services: Services) -> None:
    subprocess.run(["sh", "-c", "sh -c 'sleep 600; true' &"], cwd=services.home.services_cwd, check=True)
    assert poll(lambda: len(services.supervisor.processes()) == 3, every=0.02, give_up_after=10)
    _, message = outcome("leftovers", services.root)
    assert message.startswith("1 process ") and "sh (" in message
    assert fix_first("leftovers", services.root)[-1] == "ended 2 processes"
    assert is_ok("leftovers", services.root)


def test_the_task_that_started_a_process_is_named(services: Services) -> None:
    variables = {"AIRFLOW_CTX_DAG_ID": "sales", "AIRFLOW_CTX_TASK_ID": "load", "PATH": "/bin"}
    subprocess.run(["sh", "-c", "sleep 600 &"], cwd=services.home.services_cwd, env=variables, check=True)
    assert poll(lambda: len(services.supervisor.processes()) == 2, every=0.02, give_up_after=10)
    _, message = outcome("leftovers", services.root)
    assert message.endswith("), started by task load of DAG sales.")
    assert fix_first("leftovers", services.root)[-1] == "ended 1 process"
