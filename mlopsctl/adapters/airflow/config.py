"""airflow.cfg: the options that mlopsctl sets, each with the reason."""

import configparser
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mlopsctl.adapters.airflow.config_names import CELERY, KUBERNETES, WORKER_HOST, Option
from mlopsctl.adapters.airflow.release import MAX_RUNS_PER_LOOP, Release, find
from mlopsctl.adapters.files import read_secret
from mlopsctl.adapters.memory_limit import memory_limit
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import CELERY as CELERY_WORKERS
from mlopsctl.core.settings import LOCAL, Settings
from mlopsctl.core.storage import locations

XCOM_BYTES, IN_METADATA = 1_000_000, -1  # [common.io] xcom_objectstorage_threshold
TASK_MIB = 192  # of the machine's memory for each task that runs at once: 65 are its process and worker without data
LOCAL_EXECUTOR = "LocalExecutor"
CELERY_SETTINGS = {
    "worker_enable_prefetch_count_reduction": False,
    "task_publish_retry_policy": {"max_retries": None, "interval_start": 0.2, "interval_step": 0.2, "interval_max": 1},
}


@dataclass(frozen=True)
class CeleryOptions:
    """How workers are reached. `broker`, `results`: the URLs of the broker and of the database for results. `slots`:
    tasks that the worker of this machine runs at once. `tasks`: those that the scheduler may have started."""

    broker: str = field(repr=False)
    results: str = field(repr=False)
    slots: int
    tasks: int


def executor(home: Home) -> str:
    """The setting `executor` that airflow.cfg was written with; empty if it cannot be read."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(home.airflow_cfg.read_text(encoding="utf-8"))
    except (FileNotFoundError, configparser.Error):
        return ""
    found = parser.get("core", "executor", fallback="")
    return {"": "", LOCAL_EXECUTOR: LOCAL}.get(found, CELERY_WORKERS)


def render(home: Home, settings: Settings, metadata_url: str, celery: CeleryOptions | None = None) -> str:
    """The text of airflow.cfg. It contains secrets: the file has mode 0600. `celery`: None without workers.

    Raises MlopsctlError if a secret is missing. It must not be generated again: a new key cannot decrypt old values.
    """
    secrets = {
        "conn": metadata_url,
        "fernet": read_secret(home.secret("fernet-key")) + "=",  # 32 bytes in base64, with its padding
        "jwt": read_secret(home.secret("jwt-secret")),
        "api_secret": read_secret(home.secret("api-secret")),
    }
    values = _values(home, settings, celery) | secrets
    return _fill(find(settings.airflow_version), values, lambda option: bool(celery) or option not in CELERY)


def render_for_worker_host(home: Home, settings: Settings, celery: CeleryOptions) -> str:
    """The same for another host, which has no metadata and no keys: it can run tasks, and nothing else."""
    values = dict.fromkeys(("conn", "fernet", "jwt", "api_secret"), "") | _values(home, settings, celery)
    return _fill(find(settings.airflow_version), values, lambda option: option in WORKER_HOST)


def render_for_kubernetes(home: Home, settings: Settings, celery: CeleryOptions | None, xcom: str) -> str:
    """The options that Airflow's Helm chart takes over, with no secret among them. `xcom`: the URL of a folder that all
    pods share, for large XComs."""
    values = dict.fromkeys(("conn", "fernet", "jwt", "api_secret"), "") | _values(home, settings, celery)

    def has(option: Option) -> bool:
        return option in KUBERNETES and (bool(celery) or option not in CELERY)

    return _fill(find(settings.airflow_version), values | {"xcom": xcom, "xcom_bytes": XCOM_BYTES}, has)


def executors(celery: CeleryOptions | None) -> str:
    """The list of executors, the same on all hosts."""
    return f"CeleryExecutor,{LOCAL_EXECUTOR}" if celery else LOCAL_EXECUTOR


def _values(home: Home, settings: Settings, celery: CeleryOptions | None) -> dict[str, object]:
    workers = celery or CeleryOptions("", "", 0, 0)
    return {
        "dags": home.dags,
        "logs": home.task_logs,
        "xcom": locations(home, settings.storage).xcoms,
        # Another host could not read files of this home, and Airflow then takes the path for the value.
        "xcom_bytes": IN_METADATA if celery and not settings.storage else XCOM_BYTES,
        "executor": executors(celery),
        "parallelism": workers.tasks if celery else _parallelism(memory_limit() // 2**20),
        "crowd": MAX_RUNS_PER_LOOP,
        "timezone": settings.timezone,
        "url": settings.api_url,
        "host": settings.api_host,
        "port": settings.api_port,
        "workers": find(settings.airflow_version).api_workers,
        "broker": workers.broker,
        "results": workers.results,
        "slots": workers.slots,
        "celery": json.dumps(CELERY_SETTINGS),
    }


def _fill(release: Release, values: Mapping[str, object], has: Callable[[Option], bool]) -> str:
    # A percent sign starts an interpolation in this file.
    return _for_release(release, has).format(**{k: str(v).replace("%", "%%") for k, v in values.items()})


def _parallelism(memory: int) -> int:
    """For a machine with so many MiB. Never less than 8: with 8, 31 runs of seven tasks took 52 s instead of 22 s
    with 32, before modules were preloaded."""
    return max(tasks for tasks in (8, 16, 32) if tasks == 8 or tasks * TASK_MIB <= memory)


def _for_release(release: Release, has: Callable[[Option], bool]) -> str:
    """The template with the options that a release and this host have, under their names."""
    head, *sections = re.split(r"^\[(.+)\]\n", _TEMPLATE, flags=re.MULTILINE)
    texts: dict[str, str] = {}
    for section, text in zip(sections[::2], sections[1::2], strict=True):
        for comment, name, value in re.findall(r"((?:#.*\n)*)(\w+)( = .*\n)", text):
            if has((section, name)) and (option := release.option((section, name))):
                texts[option[0]] = texts.get(option[0], "") + comment + option[1] + value
    return head + "\n".join(f"[{section}]\n{text}" for section, text in texts.items())


_TEMPLATE = """\
# Written by mlopsctl: only the options that differ from Airflow's defaults. `mlopsctl setup` overwrites changes.

[core]
dags_folder = {dags}
load_examples = False
# Where tasks run. The first is the default; a task can ask for another one, so that all hosts need the same list.
executor = {executor}
# The most tasks that run at once: Airflow's default, or less where memory would not suffice for so many (TASK_MIB).
# With workers, somewhat more than their slots. While other hosts can join, the scheduler follows the file `slots`.
parallelism = {parallelism}
# The time zone of dates that have none.
default_timezone = {timezone}
# The only auth manager with real users and hashed passwords.
auth_manager = airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager
fernet_key = {fernet}
execution_api_server_url = {url}/execution/
# Values above the threshold are stored in files instead of the metadata database; -1: none are.
xcom_backend = airflow.providers.common.io.xcom.backend.XComObjectStorageBackend

[common.io]
xcom_objectstorage_path = {xcom}
xcom_objectstorage_threshold = {xcom_bytes}

[database]
sql_alchemy_conn = {conn}
# Together more connections than the API server has threads (40). With the default of 15, many tasks that start at once
# block each other: each thread waits for a connection whose holder waits for a thread, until the timeout of 30 s.
# Only the first 5 stay open: each is a process of PostgreSQL with 5 MiB.
sql_alchemy_pool_size = 5
sql_alchemy_max_overflow = 55
# The default adds a connection of each kind, as an example.
load_default_connections = False

[scheduler]
# Seconds that the scheduler sleeps when it is idle, which delays every task of a run. A run of seven tasks in five
# stages takes 2.2 to 2.5 s instead of 6.1 s with the default (1); 31 such runs at once take as long as before. With 0.2
# it is 1.9 s, but an idle platform then uses 8 % of a core more than with the default, instead of 4.5 %.
scheduler_idle_sleep_time = 0.3
# Seconds between two checks for tasks of a scheduler that was killed. It counts as dead 30 s after its last heartbeat:
# the check at the start of its successor is too early, and with the default the next one follows after 5 minutes.
orphaned_tasks_check_interval = 20
# How many running runs the scheduler examines per loop; runs of a backfill come last. If 20 other runs are running, a
# backfill gets no tasks with the default of 20 until some of them have ended (apache/airflow#58554).
max_dagruns_per_loop_to_schedule = {crowd}
# As in Airflow 3: otherwise, DAG files are parsed by the scheduler.
standalone_dag_processor = True
# Seconds without a heartbeat after which a task counts as lost with its host, and between two checks. With the defaults
# of 300 and 10, a backfill stands still for five minutes when a host is lost.
task_instance_heartbeat_timeout = 45
task_instance_heartbeat_timeout_detection_interval = 5
# A task that has waited in the broker for ten minutes (task_queued_timeout) is sent again. After two times, Airflow's
# default, it would fail, although it only waits for a slot.
num_stuck_in_queued_retries = 10000

[workers]
# Seconds that a task waits for an answer of the API server. On a busy machine, its first answers after a start take
# longer than the default of 5, and after some retries the task fails before its code runs, with an empty log.
execution_api_timeout = 30
# How often a task repeats a request that the API server does not answer, and the longest pause in seconds: together
# about 50 s. With the defaults of 5 and 90 the task fails after 10 s, while a busy machine restarts its API server; and
# a pause must be shorter than the time after which a task without heartbeats counts as lost.
execution_api_retries = 20
execution_api_retry_wait_max = 5

[api]
host = {host}
port = {port}
base_url = {url}
workers = {workers}
secret_key = {api_secret}
expose_config = False
# The default accepts only logins of the web page. mlopsctl logs in with a password.
auth_backends = airflow.api.auth.backend.basic_auth,airflow.api.auth.backend.session

[api_auth]
jwt_secret = {jwt}

[dag_processor]
# Seconds until a new DAG file is found. With the default of 300, a first DAG seems to be missing.
refresh_interval = 10
# Seconds between two reads of an unchanged file; a changed file is read at once. With the default of 30 and 18 files,
# the dag-processor of an idle platform uses 10 % of a core, with 60 it uses 5 %.
min_file_process_interval = 60

[fab]
# 3.0 answers requests about users only with a password, not with the token that everything else accepts.
auth_backends = airflow.providers.fab.auth_manager.api.auth.backend.basic_auth

[logging]
base_log_folder = {logs}

[celery]
broker_url = {broker}
result_backend = {results}
worker_concurrency = {slots}
# Seconds that the scheduler waits until the broker has taken a task. With the default of 1, a busy machine fails tasks.
operation_timeout = 10
# How often it waits so long. A task that is sent while the broker restarts would fail at once, for the broker refuses
# connections; task_publish_retry_policy below makes the scheduler wait.
task_publish_max_retries = 1000
# The scheduler sends messages itself. With the default, it starts a process for each core but one whenever it has more
# than one task to send; a message takes 2 ms.
sync_parallelism = 1
# After the broker was away, a worker would begin with one task at once, and take a slot more for each that has ended.
extra_celery_config = {celery}

[celery_broker_transport_options]
# Seconds after which the broker delivers a task again whose worker has not confirmed it: longer than any task takes.
visibility_timeout = 86400
"""
