"""airflow.cfg: only what mlopsctl decides, each with its reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.airflow.release import MAX_RUNS_PER_LOOP
from mlopsctl.adapters.files import make_secret, read_secret, write_if_changed
from mlopsctl.core.paths import Home
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.setup.request import Request

XCOM_BYTES = 1_000_000
KEY_BYTES = {"fernet-key": 32, "jwt-secret": 48, "api-secret": 48}  # the secrets that are made here


def render(platform: Platform) -> str:
    """The text of airflow.cfg. Its secrets are this home's own; the file is 0600. Raises MlopsctlError where one is
    lost: a new one does not open what the old one did."""
    home, settings = platform.home, platform.settings
    values = {
        "dags": home.dags,
        "logs": home.airflow / "logs",
        "xcom": f"file://{home.airflow / 'xcom'}",  # as it is: Airflow does not undo the quotes of a URI
        "xcom_bytes": XCOM_BYTES,
        "crowd": MAX_RUNS_PER_LOOP,
        "timezone": settings.timezone,
        "url": settings.api_url,
        "host": settings.api_host,
        "port": settings.api_port,
        "conn": platform.metadata_url(),
        "fernet": read_secret(home.secret("fernet-key")) + "=",  # 32 bytes, in base64 with its padding
        "jwt": read_secret(home.secret("jwt-secret")),
        "api_secret": read_secret(home.secret("api-secret")),
    }
    # A per cent sign means interpolation in this file.
    return _CFG.format(**{k: str(v).replace("%", "%%") for k, v in values.items()})


_CFG = """\
# Written by mlopsctl: only what differs from Airflow's defaults. Changes are overwritten by `mlopsctl setup`.

[core]
dags_folder = {dags}
load_examples = False
# Tasks run as processes of the scheduler: nothing else is needed on one machine.
executor = LocalExecutor
# Airflow's own default. Idle workers cost little; with 8 of them, 31 runs of seven tasks took 52 s instead of 22 s.
parallelism = 32
# Dates without a time zone are read in this one.
default_timezone = {timezone}
# The only auth manager with real users and hashed passwords.
auth_manager = airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager
fernet_key = {fernet}
execution_api_server_url = {url}/execution/
# Values above the threshold go to files under the home instead of the metadata database.
xcom_backend = airflow.providers.common.io.xcom.backend.XComObjectStorageBackend

[common.io]
xcom_objectstorage_path = {xcom}
xcom_objectstorage_threshold = {xcom_bytes}

[database]
sql_alchemy_conn = {conn}
# Together more than the API server has threads (40). With the default of 15, a burst of starting tasks has every thread
# wait for a connection whose holder waits for a thread: nothing moves until the pool's 30 s are over (seen).
sql_alchemy_pool_size = 20
sql_alchemy_max_overflow = 40

[scheduler]
# Seconds that it sleeps when it has nothing to do, and so what each stage of a run waits for. A run of seven tasks in
# five stages takes 2.2 to 2.5 s instead of the default's (1) 6.1 s, 31 of them at once no longer. With 0.2 it is 1.9 s,
# but the idle platform's CPU is then 8 % of a core above the default's instead of 4.5 %.
scheduler_idle_sleep_time = 0.3
# Seconds between two looks for tasks of a scheduler that was killed. It is taken for dead 30 s after its last
# heartbeat, so the look of its successor's start comes too early, and the default's next one after 5 minutes (seen).
orphaned_tasks_check_interval = 20
# Running runs that it looks at in one round; those of a backfill come last. Beside the default's 20 running runs, a
# backfill gets no task until some of them have ended (apache/airflow#58554, seen).
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
# Seconds until a new DAG file is seen; the default of 300 makes a first DAG look broken.
refresh_interval = 10
# Seconds between two readings of a file that has not changed; one that has is read at once. With the default of 30 and
# 18 files the dag-processor takes 10 % of a core of an idle platform, with 60 it takes 5 %.
min_file_process_interval = 60

[logging]
base_log_folder = {logs}
"""


def _on_path(home: Home) -> Path:
    """A folder that Airflow has on the path of all its components; the DAGs folder it has only where it reads DAGs. The
    one for the other: in the triggerer too, a callback for a missed deadline finds what stands beside its DAG."""
    return home.airflow / "config"


@dataclass(frozen=True)
class Configure:
    request: Request
    name: str = "configure"
    needs: Sequence[str] = ("postgres",)  # which makes its password

    def todo(self) -> str:
        home = self.request.platform.home
        if self.writes():
            return "rewrite airflow.cfg" if home.airflow_cfg.exists() else "write airflow.cfg"
        return "" if _on_path(home).exists() else "link the DAGs folder"

    def writes(self) -> bool:
        """Whether airflow.cfg is not there, or says something else than it should."""
        cfg = self.request.platform.home.airflow_cfg
        return not cfg.exists() or cfg.read_text(encoding="utf-8") != render(self.request.platform)

    def do(self) -> Iterator[str]:
        platform = self.request.platform
        yield "writing airflow.cfg"
        if not platform.home.airflow_cfg.exists():
            for name, bytes_ in KEY_BYTES.items():
                make_secret(platform.home.secret(name), bytes_)
        for folder in (platform.home.dags, platform.home.airflow / "xcom"):
            folder.mkdir(parents=True, exist_ok=True)
        if not _on_path(platform.home).exists():
            _on_path(platform.home).symlink_to(platform.home.dags)
        write_if_changed(platform.home.airflow_cfg, render(platform))

    def detail(self) -> str:
        return str(self.request.platform.home.airflow_cfg)
