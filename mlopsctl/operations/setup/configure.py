"""airflow.cfg: the options that mlopsctl sets, each with the reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.airflow.release import MAX_RUNS_PER_LOOP
from mlopsctl.adapters.files import make_secret, read_secret, write_if_changed
from mlopsctl.core.paths import Home
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.setup.request import SetupRequest

XCOM_BYTES = 1_000_000
KEY_BYTES = {"fernet-key": 32, "jwt-secret": 48, "api-secret": 48}  # the secrets that are generated here


def render(platform: Platform) -> str:
    """The text of airflow.cfg. It contains secrets: the file has mode 0600.

    Raises MlopsctlError if a secret is missing. It must not be generated again: a new key cannot decrypt old values.
    """
    home, settings = platform.home, platform.settings
    values = {
        "dags": home.dags,
        "logs": home.airflow / "logs",
        "xcom": f"file://{home.airflow / 'xcom'}",  # not percent-encoded: Airflow does not decode it
        "xcom_bytes": XCOM_BYTES,
        "crowd": MAX_RUNS_PER_LOOP,
        "timezone": settings.timezone,
        "url": settings.api_url,
        "host": settings.api_host,
        "port": settings.api_port,
        "conn": platform.metadata_url(),
        "fernet": read_secret(home.secret("fernet-key")) + "=",  # 32 bytes in base64, with its padding
        "jwt": read_secret(home.secret("jwt-secret")),
        "api_secret": read_secret(home.secret("api-secret")),
    }
    # A percent sign starts an interpolation in this file.
    return _CFG.format(**{k: str(v).replace("%", "%%") for k, v in values.items()})


_CFG = """\
# Written by mlopsctl: only the options that differ from Airflow's defaults. `mlopsctl setup` overwrites changes.

[core]
dags_folder = {dags}
load_examples = False
# Tasks run as processes of the scheduler: a single machine needs no broker and no workers.
executor = LocalExecutor
# Airflow's default. Idle workers cost little; with 8 of them, 31 runs of seven tasks took 52 s instead of 22 s.
parallelism = 32
# The time zone of dates that have none.
default_timezone = {timezone}
# The only auth manager with real users and hashed passwords.
auth_manager = airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager
fernet_key = {fernet}
execution_api_server_url = {url}/execution/
# Values above the threshold are stored in files of this home instead of the metadata database.
xcom_backend = airflow.providers.common.io.xcom.backend.XComObjectStorageBackend

[common.io]
xcom_objectstorage_path = {xcom}
xcom_objectstorage_threshold = {xcom_bytes}

[database]
sql_alchemy_conn = {conn}
# Together more connections than the API server has threads (40). With the default of 15, many tasks that start at once
# block each other: each thread waits for a connection whose holder waits for a thread, until the timeout of 30 s.
sql_alchemy_pool_size = 20
sql_alchemy_max_overflow = 40

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

[api]
host = {host}
port = {port}
base_url = {url}
workers = 1
secret_key = {api_secret}
expose_config = False

[api_auth]
jwt_secret = {jwt}

[dag_processor]
# Seconds until a new DAG file is found. With the default of 300, a first DAG seems to be missing.
refresh_interval = 10
# Seconds between two reads of an unchanged file; a changed file is read at once. With the default of 30 and 18 files,
# the dag-processor of an idle platform uses 10 % of a core, with 60 it uses 5 %.
min_file_process_interval = 60

[logging]
base_log_folder = {logs}
"""


def _dags_on_path(home: Home) -> Path:
    """A link to the DAGs folder. Airflow has the folder `config` on the Python path of all components, but the DAGs
    folder only where it reads DAGs: without the link, a deadline callback in the triggerer could not import a DAG's
    modules."""
    return home.airflow / "config"


@dataclass(frozen=True)
class ConfigureStep:
    request: SetupRequest
    name: str = "configure"
    needs: Sequence[str] = ("postgres",)  # which generates its password

    def todo(self) -> str:
        home = self.request.platform.home
        if self.is_outdated():
            return "rewrite airflow.cfg" if home.airflow_cfg.exists() else "write airflow.cfg"
        return "" if _dags_on_path(home).exists() else "link the DAGs folder"

    def is_outdated(self) -> bool:
        """Whether airflow.cfg is missing, or differs from what it should contain."""
        cfg = self.request.platform.home.airflow_cfg
        return not cfg.exists() or cfg.read_text(encoding="utf-8") != render(self.request.platform)

    def do(self) -> Iterator[str]:
        home = self.request.platform.home
        yield "writing airflow.cfg"
        if not home.airflow_cfg.exists():
            for name, bytes_ in KEY_BYTES.items():
                make_secret(home.secret(name), bytes_)
        for folder in (home.dags, home.airflow / "xcom"):
            folder.mkdir(parents=True, exist_ok=True)
        if not _dags_on_path(home).exists():
            _dags_on_path(home).symlink_to(home.dags)
        write_if_changed(home.airflow_cfg, render(self.request.platform))

    def detail(self) -> str:
        return str(self.request.platform.home.airflow_cfg)
