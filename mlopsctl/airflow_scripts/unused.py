"""What a component of Airflow loads, or builds at the first task, although nothing here uses it. preload.py calls the
functions of BY_COMPONENT, which are under the name of the module that they change."""

import sys
from types import SimpleNamespace
from typing import Any

LOG_SERVER = "airflow.utils.serve_logs"
AIOHTTP = "svcs.aiohttp"
VERSIONS = "airflow.api_fastapi.execution_api.versions"
OWN_EXECUTORS = {"LocalExecutor", "CeleryExecutor"}  # those whose tasks have the SDK of this installation


def log_server() -> None:
    """It is imported even with --skip-serve-logs, and takes 6 MiB in the scheduler, and 8 in the triggerer."""
    unused: Any = SimpleNamespace(serve_logs=None)
    sys.modules[LOG_SERVER] = unused


def aiohttp() -> None:
    """The API server uses svcs with FastAPI only, but svcs imports all web frameworks that it finds: 7 MiB."""
    refused: Any = None
    sys.modules[AIOHTTP] = refused


def old_versions_of_execution_api() -> None:
    """The API server can answer tasks with an older task SDK, down to that of Airflow 3.0. At the first task, it builds
    each route once per version: 50 MiB and 2.7 s of CPU. A task on this machine has the SDK of this installation, and a
    worker on another one has the packages of its head."""
    from airflow.api_fastapi.execution_api import versions
    from airflow.api_fastapi.execution_api.routes import execution_api_router as router
    from airflow.configuration import conf
    from airflow.sdk.api.datamodels._generated import API_VERSION
    from cadwyn import HeadVersion, Version, VersionBundle
    from cadwyn.route_generation import _DELETED_ROUTE_TAG as OLD

    latest = versions.bundle.versions[0].value
    if set(conf.get("core", "executor").split(",")) <= OWN_EXECUTORS and latest == API_VERSION:
        versions.bundle = VersionBundle(HeadVersion(), Version(latest))
        router.routes[:] = [route for route in router.routes if OLD not in route.tags]


BY_COMPONENT = {
    "api-server": {AIOHTTP: aiohttp, VERSIONS: old_versions_of_execution_api},
    "scheduler": {LOG_SERVER: log_server},
    "triggerer": {LOG_SERVER: log_server},
    "worker": {LOG_SERVER: log_server},
}
