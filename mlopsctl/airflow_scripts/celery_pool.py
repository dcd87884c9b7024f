"""What the processes of a Celery worker do: less. preload.py calls the functions of FEWER after the modules are
imported.

The names are those of Airflow's Celery provider 3.24. Where one is missing, nothing is changed.
"""

import gc
import importlib
from contextlib import contextmanager
from typing import Any

from garbage_collector import USUAL

COMMAND = "airflow.providers.celery.cli.celery_command"
UTILS = "airflow.providers.celery.executors.celery_executor_utils"


def share_memory() -> None:
    """The worker forks its processes once. Airflow then lets the garbage collector look at all that was there before
    the fork, which writes to it: each process has its own copy from then on, 40 MiB. The processes run many tasks, and
    collect their own garbage as usual.

    Each process asks the system to end it with the worker, and parses a declaration in C for that, for which 7 MiB are
    loaded: here once before the fork."""
    from billiard.util import get_pdeathsig
    from celery.signals import worker_process_init, worker_ready

    get_pdeathsig()
    worker_ready.disconnect(getattr(importlib.import_module(UTILS), "on_celery_worker_ready", None))
    worker_process_init.connect(_collect_as_usual, weak=False)


def _collect_as_usual(**_: Any) -> None:
    gc.set_threshold(*USUAL)


def keep_bundles() -> None:
    """Airflow starts a process that removes old versions of DAG bundles: 50 MiB. The folder of DAG files, the bundle of
    a platform, has no versions."""
    command: Any = importlib.import_module(COMMAND)
    if not hasattr(command, "_run_stale_bundle_cleanup") or _have_versions():
        return

    @contextmanager
    def remove_nothing() -> Any:
        yield

    command._run_stale_bundle_cleanup = remove_nothing


def _have_versions() -> bool:
    from airflow.configuration import conf

    bundles = conf.getjson("dag_processor", "dag_bundle_config_list")
    return any(not bundle["classpath"].endswith(".LocalDagBundle") for bundle in bundles)


FEWER = {f"{__name__}:{function.__name__}": function for function in (share_memory, keep_bundles)}
