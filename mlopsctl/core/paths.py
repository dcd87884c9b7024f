"""The layout of a home. Two homes never share a path."""

import os
from dataclasses import dataclass
from pathlib import Path

DATABASES = ("postgres", "mariadb")
BROKER = "redis"
STORES = (*DATABASES, BROKER)  # what the others need: started first, and stopped last
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer")
WORKER, WORKER_API, TUNNEL, AGENT = "worker", "worker-api", "tunnel", "agent"
SERVICES = (*STORES, *AIRFLOW, TUNNEL, WORKER, WORKER_API, AGENT)  # all that there are, in the order of their start
OUR_DAGS = Path(__file__).parents[2] / "dags"  # the pipelines of this project, in a checkout of it


def default_home() -> Path:
    """The home unless `--home` or `MLOPSCTL_HOME` is given.

    Root's is not under /root: PostgreSQL refuses to run as root, and its own account cannot read /root.
    """
    return Path("/var/lib/mlopsctl") if os.geteuid() == 0 else Path.home() / ".mlopsctl"


@dataclass(frozen=True)
class Home:
    """The folder that holds one complete, isolated platform."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "config.toml"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def venv(self) -> Path:
        return self.root / "venv"

    @property
    def venv_next(self) -> Path:
        """An upgrade builds it here, then renames it to `venv`."""
        return self.root / "venv.next"

    @property
    def venv_previous(self) -> Path:
        """The one before an upgrade, until the new one has passed its checks. It marks an unfinished upgrade."""
        return self.root / "venv.before"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def airflow(self) -> Path:
        """AIRFLOW_HOME."""
        return self.root / "airflow"

    @property
    def airflow_cfg(self) -> Path:
        return self.airflow / "airflow.cfg"

    @property
    def slots(self) -> Path:
        """How many tasks the scheduler may start at once; see airflow_scripts/parallelism.py."""
        return self.airflow / "slots"

    @property
    def hold(self) -> Path:
        """While this file is locked, no task starts."""
        return self.airflow / "hold"

    @property
    def airflow_plugin(self) -> Path:
        """Our plugin, beside those that users may add."""
        return self.airflow / "plugins" / "mlopsctl_end_child_processes.py"

    @property
    def dags(self) -> Path:
        return self.airflow / "dags"

    @property
    def task_logs(self) -> Path:
        """Airflow's logs of tasks and DAG files."""
        return self.airflow / "logs"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def mariadb(self) -> Path:
        return self.root / "mariadb"

    @property
    def redis(self) -> Path:
        return self.root / "redis"

    @property
    def authority(self) -> Path:
        """The certificate authority of a platform with workers."""
        return self.secrets / "ca"

    @property
    def tunnel(self) -> Path:
        """The certificate of this host, the key of it, and the certificate of the authority."""
        return self.secrets / "tunnel"

    @property
    def join_tokens(self) -> Path:
        """What is known of the tokens with which worker hosts join: a file for each that was not used."""
        return self.secrets / "join-tokens"

    @property
    def membership(self) -> Path:
        """Of a worker host: what it got when it joined."""
        return self.secrets / "membership.json"

    @property
    def dag_revisions(self) -> Path:
        """Of a worker host: the DAG files of the head, a folder for each revision."""
        return self.airflow / "dag-revisions"

    @property
    def agent_state(self) -> Path:
        """Of a worker host: whether the head has accepted its last report."""
        return self.run / "agent.json"

    @property
    def workers(self) -> Path:
        """What worker hosts reported last: a file for each."""
        return self.root / "workers"

    @property
    def storage_record(self) -> Path:
        """The URL of the storage that holds the files which tasks hand to each other; empty or missing: this home."""
        return self.airflow / "storage-url"

    @property
    def models(self) -> Path:
        """The store of trained models: `<model>/<version>/model.joblib`, with `page.html` beside it."""
        return self.root / "models"

    @property
    def data(self) -> Path:
        """The output of pipelines, a folder for each."""
        return self.root / "data"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def postgres_run(self) -> Path:
        """The folder of PostgreSQL's socket, owned by PostgreSQL's account."""
        return self.run / "postgres"

    @property
    def mariadb_socket(self) -> Path:
        return self.run / "mariadb" / "mariadb.sock"

    @property
    def supervisor_socket(self) -> Path:
        return self.run / "supervisor.sock"

    @property
    def supervisor_pid(self) -> Path:
        return self.run / "supervisord.pid"

    @property
    def services_cwd(self) -> Path:
        """The working directory of all services, by which their processes are recognised."""
        return self.run / "services"

    @property
    def worker_state(self) -> Path:
        """Whether the worker of this host takes tasks."""
        return self.run / "worker.json"

    @property
    def tunnel_conf(self) -> Path:
        return self.run / "tunnel.conf"

    @property
    def lock(self) -> Path:
        return self.run / "lock"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def metadata_backups(self) -> Path:
        """Backups of Airflow's metadata, one before each upgrade."""
        return self.root / "dumps"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def preload(self) -> Path:
        """Which modules the scheduler and the dag-processor import when they start, and what came of it."""
        return self.cache / "preload"

    @property
    def api_capabilities(self) -> Path:
        """What the installed Airflow's REST API can do."""
        return self.cache / "api-capabilities.json"

    def log_of(self, service: str) -> Path:
        return self.logs / f"{service}.log"

    def secret(self, name: str) -> Path:
        return self.secrets / name
