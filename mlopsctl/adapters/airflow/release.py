"""Where Airflow's version matters. Supporting another release starts here.

| what                                          | where                                                       |
|-----------------------------------------------|-------------------------------------------------------------|
| the default version                           | `AIRFLOW_VERSION` in `core/settings.py`                     |
| which REST API a release has                  | `open_api()` below                                          |
| paths and JSON keys of API v2                 | `adapters/airflow/rest/v2/`                                 |
| SQL on the metadata database                  | `adapters/airflow/metadb/`                                  |
| command lines of Airflow's services           | `adapters/airflow/programs.py`                              |
| providers, components, process titles, limits | the constants below                                         |
| options of airflow.cfg, each with its reason  | `adapters/airflow/config.py`                                |
| calls of Airflow's Python API                 | `airflow_scripts/`                                          |
| options that the installed release has        | `operations/doctor/checks/configuration/airflow_options.py` |
| schema revisions of the installed release     | `operations/doctor/checks/services/metadata.py`             |
| names that Airflow treats as secrets          | `operations/entries/masking.py`                             |
| names that changed from Airflow 2 to 3        | `operations/dags/airflow2_renames.py`                       |
| constraint files                              | `adapters/constraints.py`, `constraints/`                   |
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from mlopsctl.adapters.airflow.interface import AirflowApi

if TYPE_CHECKING:
    from mlopsctl.adapters.airflow.rest.http import AirflowHttp

# Installed beside Airflow.
PROVIDERS = ("fab", "mysql", "postgres", "common-io", "common-sql", "standard", "smtp", "http")

# Airflow's components as its health check names them, and the service that runs each.
SERVICE_OF_COMPONENT = {
    "metadatabase": "postgres",
    "scheduler": "scheduler",
    "triggerer": "triggerer",
    "dag_processor": "dag-processor",
}

# The title that Airflow gives the process of a task, with the id of the task instance.
TASK_PROCESS_TITLE = re.compile(r"airflow worker -- ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$")

# [scheduler] max_dagruns_per_loop_to_schedule as setup sets it: running runs that the scheduler looks at in a loop.
MAX_RUNS_PER_LOOP = 100


def open_api(version: str, http: "AirflowHttp", timezone_of: Callable[[str], str | None]) -> AirflowApi:
    """The REST API of an Airflow release. `timezone_of`: a DAG's own time zone from the metadata, if it is there."""
    from mlopsctl.adapters.airflow.rest.v2.client import AirflowApiV2

    del version  # every supported release (3.x) has API v2
    return AirflowApiV2(http, timezone_of=timezone_of)
