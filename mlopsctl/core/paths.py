"""Where everything stands in a home. Two homes never share a path."""

import os
from dataclasses import dataclass
from pathlib import Path

DATABASES = ("postgres", "mariadb")
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer")
SERVICES = DATABASES + AIRFLOW  # in the order of a start


def default_home() -> Path:
    """`MLOPSCTL_HOME` is read by the command line; this is what holds without it.

    Root's is not under /root: PostgreSQL refuses to run as root, and its own account cannot look in there.
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
        """That of an upgrade, until it takes its place."""
        return self.root / "venv.next"

    @property
    def venv_previous(self) -> Path:
        """The one from before an upgrade, until that is proven. While it stands, the upgrade is not over."""
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
    def dags(self) -> Path:
        return self.airflow / "dags"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def mariadb(self) -> Path:
        return self.root / "mariadb"

    @property
    def models(self) -> Path:
        """The store of trained models: `<model>/<version>/model.joblib`, with `page.html` beside it."""
        return self.root / "models"

    @property
    def data(self) -> Path:
        """What pipelines write, a folder per pipeline."""
        return self.root / "data"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def postgres_run(self) -> Path:
        """The folder of PostgreSQL's socket, owned by the account it runs under."""
        return self.run / "postgres"

    @property
    def mariadb_socket(self) -> Path:
        return self.run / "mariadb" / "mariadb.sock"

    @property
    def supervisor_socket(self) -> Path:
        return self.run / "supervisor.sock"

    @property
    def services_cwd(self) -> Path:
        """The folder that all services work in, and nobody else: by it they are known."""
        return self.run / "services"

    @property
    def lock(self) -> Path:
        return self.run / "lock"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def metadata_backups(self) -> Path:
        """Airflow's metadata, as they were before each upgrade."""
        return self.root / "dumps"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    def log_of(self, service: str) -> Path:
        return self.logs / f"{service}.log"

    def secret(self, name: str) -> Path:
        return self.secrets / name
