"""The home's own PostgreSQL with Airflow's metadata: one cluster, which listens on a socket only."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from mlopsctl.adapters import process
from mlopsctl.adapters.files import make_secret, read_secret, write, write_if_changed
from mlopsctl.adapters.supervisor.config import Program
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home

PACKAGES = "/usr/lib/postgresql"
QUERY_TIMEOUT = 10.0  # seconds
NO_CONNECTION = 2  # psql's exit code if it cannot connect or loses the connection; 1 and 3: the query failed


def find_program(name: str, version: str = "") -> str | None:
    """A program of PostgreSQL `version`, or of the newest that is installed. Debian does not put them on PATH."""
    versions = sorted(Path(PACKAGES).glob(f"{version or '*'}/bin/{name}"), key=lambda p: float(p.parts[-3]))
    return str(versions[-1]) if versions else process.find_program(name)


def sql_text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"


@dataclass(frozen=True)
class Postgres:
    """A cluster in `home.postgres`. Root runs it under the account `postgres`, because it refuses to run as root."""

    home: Home

    @property
    def account(self) -> str | None:
        return "postgres" if os.geteuid() == 0 else None

    @property
    def data(self) -> Path:
        return self.home.postgres / "data"

    @property
    def conf(self) -> Path:
        return self.home.postgres / "postgresql.conf"

    @property
    def url(self) -> str:
        """For SQLAlchemy, with Airflow's account."""
        password = quote(read_secret(self._airflow_password), safe="")
        return f"postgresql+psycopg2://airflow:{password}@/airflow?host={quote(str(self.home.postgres_run), safe='')}"

    def exists(self) -> bool:
        return self.data.is_dir()

    @property
    def version(self) -> str:
        """The server version that created the cluster, and is required to open it (`15`); empty if there is none."""
        path = self.data / "PG_VERSION"
        return path.read_text(encoding="ascii").strip() if path.exists() else ""

    def program(self) -> Program:
        postgres = find_program("postgres", self.version)
        command = (postgres or "postgres", "-D", str(self.data), "-c", f"config_file={self.conf}")
        return Program("postgres", command, user=self.account, stop_signal="INT")

    def is_configured(self) -> bool:
        """Whether postgresql.conf is up to date."""
        return self.conf.exists() and self.conf.read_text(encoding="utf-8") == self._conf()

    def write_conf(self) -> bool:
        """Write the two configuration files. False if they are up to date."""
        self._make_folder(self.home.postgres)
        self._make_folder(self.home.postgres_run)
        changed = write_if_changed(self.conf, self._conf(), owner=self.account)
        return write_if_changed(self._hba, "local all all scram-sha-256\n", owner=self.account) or changed

    @property
    def _hba(self) -> Path:
        return self.home.postgres / "pg_hba.conf"

    def _make_folder(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.account:
            shutil.chown(folder, self.account, self.account)

    def _conf(self) -> str:
        socket_folder = '"' + str(self.home.postgres_run).replace('"', '""') + '"'  # quoted: it is a list, by commas
        return f"""\
# Written by mlopsctl; changes are overwritten.
data_directory = {sql_text(str(self.data))}
hba_file = {sql_text(str(self._hba))}
listen_addresses = ''
unix_socket_directories = {sql_text(socket_folder)}
max_connections = 200
shared_buffers = 128MB
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
"""

    def create(self) -> None:
        """Create the cluster with Airflow's account and database. It is complete, or does not exist."""
        part = self.home.postgres / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        initdb = find_program("initdb")
        if not initdb:
            raise MlopsctlError("PostgreSQL is not installed.", hint=Hint(line="sudo apt-get install postgresql"))
        password_file = self.home.postgres / "superuser-password"
        write(password_file, make_secret(self.home.secret("postgres-superuser-password")) + "\n", owner=self.account)
        try:
            process.run(
                [initdb, "-D", part, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-A", "scram-sha-256",
                 f"--pwfile={password_file}"],
                user=self.account,
            )  # fmt: skip
        finally:
            password_file.unlink()
        password = make_secret(self._airflow_password)
        self._run_single_user(part, "CREATE ROLE airflow LOGIN PASSWORD " + sql_text(password) + "\n")
        self._run_single_user(part, "CREATE DATABASE airflow OWNER airflow\n")
        part.rename(self.data)

    @property
    def _airflow_password(self) -> Path:
        return self.home.secret("postgres-airflow-password")

    def _run_single_user(self, data: Path, sql: str) -> None:
        """Run a statement in single-user mode, without a server, a password or a socket."""
        postgres = find_program("postgres") or "postgres"
        done = process.run(
            [postgres, "--single", "-j", "-D", data, "-c", "log_min_messages=error", "postgres"],
            user=self.account,
            input=sql,
        )
        if "ERROR:" in done.err:
            raise MlopsctlError(
                f"PostgreSQL rejected its first statements: {done.tail}",
                hint="run the same command again: it creates a new cluster",
            )

    def ready(self) -> bool:
        """Whether the server accepts connections."""
        pg_isready = find_program("pg_isready") or "pg_isready"
        return process.run([pg_isready, "-q", "-h", self.home.postgres_run, "-t", "1"], check=False).code == 0

    def client(self) -> tuple[list[str], dict[str, str]]:
        """psql's command line and environment; the password is in a file. Raises MlopsctlError if it is missing."""
        passfile = self.home.secret("pgpass")
        write_if_changed(passfile, f"*:*:airflow:airflow:{read_secret(self._airflow_password)}\n")
        psql = find_program("psql") or "psql"
        command = [psql, "-h", str(self.home.postgres_run), "-U", "airflow", "airflow"]
        return command, process.clean_env(PGPASSFILE=str(passfile))

    def query(self, sql: str, timeout: float = QUERY_TIMEOUT) -> str:
        """The values that a query returns, without headers. `timeout`: in seconds.

        Raises Unavailable, MlopsctlError if the query fails.
        """
        command, env = self.client()
        options = ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]
        try:
            done = process.run([*command, *options], env=env, input=sql, timeout=timeout, check=False)
        except MlopsctlError as e:  # the timeout
            raise _unavailable(e.message) from e
        if done.code == NO_CONNECTION:
            reason, *_ = done.tail.splitlines() or ["no reason given"]  # the following lines are advice
            raise _unavailable(f"{reason}.")
        if done.code:
            raise MlopsctlError(
                f"Airflow's metadata database rejected a query: {done.tail}",
                hint=Hint.of("db", "check"),
                code="metadata",
            )
        return done.out.strip()


def _unavailable(reason: str) -> Unavailable:
    message = f"Airflow's metadata database does not answer: {reason}"
    return Unavailable(message, hint=Hint.of("start", "postgres"), code="metadata")
