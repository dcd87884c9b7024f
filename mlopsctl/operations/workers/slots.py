"""How many tasks the scheduler may have started: it follows the slots of the workers that take tasks now."""

import time

from mlopsctl.adapters.files import write_if_changed
from mlopsctl.core import settings as settings_file
from mlopsctl.core.paths import Home
from mlopsctl.core.workers import WorkerState, tasks_at_once
from mlopsctl.operations.workers.head import slots
from mlopsctl.operations.workers.registry import Registry


def publish(home: Home) -> None:
    """Write the number to the file that the scheduler follows; see airflow_scripts/parallelism.py. Raises MlopsctlError
    for an invalid config.toml."""
    now = time.time()
    ready = [worker for worker in Registry(home).workers() if worker.report and worker.state(now) is WorkerState.READY]
    of_hosts = sum(worker.report.slots for worker in ready if worker.report)
    number = tasks_at_once(slots(settings_file.load(home.config)) + of_hosts)
    write_if_changed(home.slots, f"{number}\n")
