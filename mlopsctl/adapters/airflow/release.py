"""Where Airflow's version matters. Supporting another release starts with its row in `RELEASES` below.

| what                                          | where                                                       |
|-----------------------------------------------|-------------------------------------------------------------|
| the default version                           | `AIRFLOW_VERSION` in `core/settings.py`                     |
| Pythons, providers, components per series     | `RELEASES` below                                            |
| which REST API a release has                  | `open_api()` below                                          |
| what the REST API of a release can do         | `adapters/airflow/capabilities.py`                          |
| paths and JSON keys of API v1 (2.x), v2 (3.x) | `adapters/airflow/rest/v1/`, `adapters/airflow/rest/v2/`    |
| SQL on the metadata database                  | `adapters/airflow/metadb/`                                  |
| options of airflow.cfg, each with its reason  | `adapters/airflow/config.py`                                |
| calls of Airflow's Python API                 | `airflow_scripts/`                                          |
| options that the installed release has        | `operations/doctor/checks/configuration/airflow_options.py` |
| schema revisions of the installed release     | `operations/doctor/checks/services/metadata.py`             |
| names that Airflow treats as secrets          | `operations/entries/masking.py`                             |
| names that changed from Airflow 2 to 3        | `operations/dags/airflow2_*.py`                             |
| constraint files                              | `adapters/constraints.py`, `constraints/`                   |
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlopsctl.adapters.airflow.config_names import (
    API_TIMEOUT,
    BASIC_AUTH_OF_FAB,
    NAMES_IN_AIRFLOW_2,
    OBJECT_STORAGE,
    ONLY_AIRFLOW_2,
    ONLY_AIRFLOW_3,
    Option,
)
from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.model import DagDetails

if TYPE_CHECKING:
    from mlopsctl.adapters.airflow.rest.http import AirflowHttp
    from mlopsctl.adapters.airflow.rest.v1.runs import RunCreator

# Airflow's components as its health check names them, and the service that runs each.
SERVICE_OF_COMPONENT = {
    "metadatabase": "postgres",
    "scheduler": "scheduler",
    "triggerer": "triggerer",
    "dag_processor": "dag-processor",
}

# The title that Airflow gives the process of a task, with the id of the task instance; in Airflow 2 with its DAG, task
# and run, and the number of a job.
TASK_PROCESS_TITLE = re.compile(
    r"(?:airflow worker -- (?=[-0-9a-f]{36}$)|airflow task runner: (?=\S+ \S+ \S+ \d+$))(\S+(?: \S+ \S+)?)"
)

# [scheduler] max_dagruns_per_loop_to_schedule as setup sets it: running runs that the scheduler looks at in a loop.
MAX_RUNS_PER_LOOP = 100

# It replaces a name in two modules of Airflow: only for releases with which it was tried.
REUSE_TYPE_ADAPTERS = "warm_up:type_adapters"


# By default, Python's garbage collector runs 1,300 times while the API server starts, which takes a quarter of its CPU
# time. Almost all of these objects stay until the end. With this threshold, it runs 24 times.
_RUN_AIRFLOW = "import gc, runpy; gc.set_threshold(50_000); runpy.run_module('airflow', None, '__main__', True)"


@dataclass(frozen=True)
class Release:
    """The releases of a series such as 3.1, as far as they differ in how they are installed and run.

    `patches`: the last numbers of its releases that the package index has. `pythons`: the versions of Python on which
    Airflow and all `providers`, the packages that are installed beside it, can be installed. `api_server`: the
    arguments that start the API server, with `{host}`, `{port}` and `{workers}`. `api_workers`: its processes.
    `run_airflow`: the arguments with which Python runs Airflow's command line.
    `renamed_options`, `missing_options`: options of airflow.cfg that have another name, or that it does not have, see
    `config_names.py`. `upgrades_from`: the oldest series whose metadata it migrates. `migrates_fab`: whether the tables
    of the auth manager have a schema revision of their own. `scrypt_passwords`: whether it hashes passwords with
    scrypt, and can check such ones: Werkzeug does from 2.3 on. `runs_our_dags`: whether it can import the pipelines of
    this project. `preload`: Airflow's own modules that every task needs, imported before the scheduler forks, and the
    functions of `airflow_scripts/warm_up.py` to call; none if that was not tried with the release. `celery`: what is
    installed for workers on other machines; none if that was not tried with the release. `storage`: what is installed
    for files of tasks in S3; none if no storage was tried with the release.
    """

    series: str
    patches: tuple[int, ...]
    pythons: tuple[str, ...]
    providers: tuple[str, ...]
    api_server: tuple[str, ...]
    api_workers: int
    run_airflow: tuple[str, ...] = ("-c", _RUN_AIRFLOW)
    renamed_options: Mapping[Option, Option] = field(default_factory=dict)
    missing_options: frozenset[Option] = frozenset()
    upgrades_from: str = "2.11"
    migrates_fab: bool = True
    scrypt_passwords: bool = True
    runs_our_dags: bool = True
    preload: tuple[str, ...] = ()
    celery: tuple[str, ...] = ()
    storage: tuple[str, ...] = ()

    @property
    def versions(self) -> tuple[str, ...]:
        return tuple(f"{self.series}.{patch}" for patch in self.patches)

    @property
    def is_airflow2(self) -> bool:
        """It has API v1 and no backfills, and other names in its metadata."""
        return self.series.startswith("2.")

    def option(self, option: Option) -> Option | None:
        """The name of an option of the latest Airflow; None if this release does not have it."""
        return None if option in self.missing_options else self.renamed_options.get(option, option)


_V3_3 = Release(
    "3.3",
    patches=(0, 1, 2),
    pythons=("3.11", "3.12", "3.13", "3.14"),  # also 3.10, on which no current FAB provider can be installed
    providers=("fab", "mysql", "postgres", "common-io", "common-sql", "standard", "smtp", "http"),
    api_server=("api-server", "--host", "{host}", "--port", "{port}", "--workers", "{workers}"),
    api_workers=1,
    missing_options=ONLY_AIRFLOW_2 | {BASIC_AUTH_OF_FAB},
    preload=(
        "airflow.sdk.execution_time.supervisor",
        "airflow.sdk.execution_time.task_runner",
        "airflow.sdk.definitions.decorators",
        "airflow.dag_processing.dagbag",
        "airflow.dag_processing.bundles.local",
        "airflow.providers.standard.decorators.python",
        "airflow.providers.standard.operators.python",
        "airflow.sdk.definitions.asset.metadata",
        "airflow.sdk.definitions.connection",
        "airflow.sdk.execution_time.cache",
        "airflow.sdk.execution_time.timeout",
        "jinja2.ext",
        "warm_up:log_levels",
        "warm_up:schema_checks",
        "warm_up:cron_descriptions",
        "warm_up:providers",
        "warm_up:dag_files",
        REUSE_TYPE_ADAPTERS,
    ),
    # The provider allows Celery 5.7, with which it cannot be imported.
    celery=("apache-airflow-providers-celery", "celery[redis]<5.7"),
    storage=("apache-airflow-providers-amazon[s3fs]",),
)
_V3_2 = replace(
    _V3_3,
    series="3.2",
    patches=(0, 1, 2),
    celery=(),
    storage=(),
    preload=tuple(name for name in _V3_3.preload if name != REUSE_TYPE_ADAPTERS),
)
# On Python 3.13, FAB's provider is installed without Flask-AppBuilder, and without an error: there are no users.
_V3_1 = replace(_V3_2, series="3.1", patches=(0, 1, 2, 3, 5, 6, 7, 8), pythons=("3.11", "3.12"), scrypt_passwords=False)
_V3_0 = replace(_V3_1, series="3.0", patches=(0, 1, 2, 3, 4, 6), missing_options=ONLY_AIRFLOW_2 | {API_TIMEOUT})

DATASET_METADATA = "airflow.datasets.metadata"  # from 2.10 on

# Without DAG files, the dag-processor of 2.11.2 ends: it uses a module that it does not import.
_RUN_AIRFLOW_2 = "import multiprocessing.connection, runpy; runpy.run_module('airflow', None, '__main__', True)"

_V2_11 = replace(
    _V3_0,
    series="2.11",
    patches=(0, 1, 2),
    api_server=("webserver", "--hostname", "{host}", "--port", "{port}", "--workers", "{workers}"),
    run_airflow=("-c", _RUN_AIRFLOW_2),
    api_workers=2,  # unlike the API server of Airflow 3, a worker answers one request at a time
    upgrades_from="2.7",
    renamed_options=NAMES_IN_AIRFLOW_2,
    missing_options=ONLY_AIRFLOW_3 | {BASIC_AUTH_OF_FAB},
    migrates_fab=False,
    scrypt_passwords=True,
    runs_our_dags=False,
    preload=(
        "airflow.cli.commands.task_command",
        "airflow.jobs.local_task_job_runner",
        "airflow.task.task_runner.standard_task_runner",
        "airflow.models.dagbag",
        "airflow.decorators",
        "airflow.operators.python",
        "airflow.utils.log.file_task_handler",
        DATASET_METADATA,
        "jinja2.ext",
    ),
)
_V2_10 = replace(
    _V2_11,
    series="2.10",
    patches=(0, 1, 2, 3, 4, 5),
    providers=("fab", "mysql", "postgres", "common-io", "common-sql", "smtp", "http"),
    scrypt_passwords=False,
)
_V2_9 = replace(
    _V2_10,
    series="2.9",
    patches=(0, 1, 2, 3),
    preload=tuple(name for name in _V2_11.preload if name != DATASET_METADATA),
)
_V2_8 = replace(
    _V2_9,
    series="2.8",
    patches=(0, 1, 2, 3, 4),
    pythons=("3.11",),
    providers=("mysql", "postgres", "common-sql", "smtp", "http"),  # users are a part of Airflow itself
    missing_options=_V2_11.missing_options | OBJECT_STORAGE,
)
_V2_7 = replace(_V2_8, series="2.7", patches=(0, 1, 2, 3))

RELEASES = (_V2_7, _V2_8, _V2_9, _V2_10, _V2_11, _V3_0, _V3_1, _V3_2, _V3_3)  # oldest first


def find(version: str) -> Release:
    """The row for an Airflow version. For a version of no known series, which a settings file can name, the newest:
    `operations/airflow_version.py` refuses to install it."""
    return next((release for release in RELEASES if version.startswith(f"{release.series}.")), RELEASES[-1])


def open_api(
    version: str,
    http: "AirflowHttp",
    capabilities_file: Path,
    timezone_of: Callable[[DagDetails], str | None],
    *,
    run_creator: "RunCreator | None" = None,
    dags_folder: str = "",
) -> AirflowApi:
    """The REST API of an Airflow release. `capabilities_file`: where to keep what it can do. `timezone_of`: a DAG's own
    time zone from the metadata, if it is there. The others: as AirflowApiV1 has them."""
    from mlopsctl.adapters.airflow.rest.server import ServerCapabilities

    if find(version).is_airflow2:
        from mlopsctl.adapters.airflow.rest.v1.client import AirflowApiV1

        server = ServerCapabilities(http.with_session, version, capabilities_file)
        return AirflowApiV1(
            http.with_session, server, run_creator=run_creator, dags_folder=dags_folder, timezone_of=timezone_of
        )
    from mlopsctl.adapters.airflow.rest.v2.client import AirflowApiV2

    capabilities = ServerCapabilities(http, version, capabilities_file)
    return AirflowApiV2(http, capabilities, timezone_of=timezone_of)
