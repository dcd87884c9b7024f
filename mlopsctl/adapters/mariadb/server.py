"""The home's own MariaDB with the feature store: its files, its configuration, its accounts."""

import os
import pwd
import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from mlopsctl.adapters import process
from mlopsctl.adapters.files import make_secret, read_secret, write_if_changed
from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.adapters.memory_limit import memory_limit
from mlopsctl.adapters.supervisor.config import Program
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home
from mlopsctl.core.workers import WORKER_SOURCE

DATABASES = ("mlops", "mlops_meta", "recipe", "temp", "warehouse")
ACCOUNT = "mlops"
OWN_HOSTS = ("localhost", "127.0.0.1")  # from where the account may log in


def _buffer_pool(memory: int) -> int:
    """In MiB. A power of two: it must not change with the few MiB that a kernel takes for itself."""
    return max(size for size in (128, 256, 512, 1024) if size == 128 or size <= memory // 12)


@dataclass(frozen=True)
class MariaDBServer:
    """A server in `home.mariadb`, on loopback and a socket. Root runs it under the account `mysql`. `for_workers`:
    whether the feature store's account may log in from worker hosts."""

    home: Home
    port: int
    timezone: str
    for_workers: bool = False

    @property
    def account(self) -> str | None:
        return "mysql" if os.geteuid() == 0 else None

    @property
    def data(self) -> Path:
        return self.home.mariadb / "data"

    @property
    def conf(self) -> Path:
        return self.home.mariadb / "my.cnf"

    @property
    def tmp(self) -> Path:
        """For temporary tables. Not /tmp: a MariaDB that starts deletes those of all other servers there (seen)."""
        return self.home.mariadb / "tmp"

    @property
    def url(self) -> str:
        """Of the feature store, with the account that can access our databases only."""
        password = quote(read_secret(self.home.secret("mariadb-mlops-password")), safe="")
        return f"mysql://{ACCOUNT}:{password}@127.0.0.1:{self.port}/mlops"

    def exists(self) -> bool:
        return self.data.is_dir()

    def program(self) -> Program:
        command = (process.find_program("mariadbd") or "mariadbd", f"--defaults-file={self.conf}")
        return Program("mariadb", command, user=self.account, port=self.port)

    def is_configured(self) -> bool:
        """Whether my.cnf is up to date."""
        return self.conf.exists() and self.conf.read_text(encoding="utf-8") == self._conf()

    def write_conf(self) -> bool:
        """Write my.cnf. False if it is up to date."""
        for folder in (self.home.mariadb, self.tmp, self.home.mariadb_socket.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self.account:
                shutil.chown(folder, self.account, self.account)
        return write_if_changed(self.conf, self._conf(), owner=self.account)

    def _conf(self) -> str:
        pool = _buffer_pool(memory_limit() // 2**20)
        offset = datetime.now(ZoneInfo(self.timezone)).strftime("%z")
        return f"""\
# Written by mlopsctl; changes are overwritten.
[mariadbd]
datadir = "{self.data}"
tmpdir = "{self.tmp}"
socket = "{self.home.mariadb_socket}"
pid_file = "{self.home.mariadb}/mariadb.pid"
port = {self.port}
bind_address = 127.0.0.1
skip_name_resolve
character_set_server = utf8mb4
collation_server = utf8mb4_unicode_ci
# An offset, not a name: the server's own table of time zones is empty.
default_time_zone = "{offset[:3]}:{offset[3:]}"
local_infile = 1
max_connections = 200
innodb_buffer_pool_size = {pool}M
innodb_log_file_size = {max(96, pool // 4)}M
# Pages that were in memory before a restart are read when they are needed: 60 MiB less until then.
innodb_buffer_pool_load_at_startup = 0
# For MyISAM, which nothing here uses: the default of 128 MiB takes 24 MiB for its administration alone.
key_buffer_size = 1M
"""

    def create(self) -> None:
        """Create the data directory. It is complete, or does not exist.

        The administrator is the system account that runs mlopsctl, identified through the socket: no password.
        """
        part = self.home.mariadb / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        install = process.find_program("mariadb-install-db")
        if not install:
            raise MlopsctlError("MariaDB is not installed.", hint=Hint(line="sudo apt-get install mariadb-server"))
        me = pwd.getpwuid(os.geteuid()).pw_name
        # Run as the account itself instead of with --user: the script's chown breaks on a path with spaces.
        process.run(
            [install, "--no-defaults", f"--datadir={part}", "--skip-test-db",
             "--auth-root-authentication-method=socket", f"--auth-root-socket-user={me}"],
            user=self.account,
            env=process.clean_env(TMPDIR=str(self.tmp)),  # not --tmpdir: the script does not quote it
        )  # fmt: skip
        part.rename(self.data)

    @property
    def admin(self) -> MariaDB:
        """The administrator's account, through the socket."""
        me = pwd.getpwuid(os.geteuid()).pw_name
        return MariaDB("localhost", self.port, me, "", "", str(self.home.mariadb_socket))

    @property
    def features(self) -> MariaDB:
        """The feature store's account, through the socket: another program may use our port, but not our socket."""
        return replace(MariaDB.from_url(self.url), socket=str(self.home.mariadb_socket), external=False)

    def ready(self) -> bool:
        """Whether the server accepts connections. Raises MlopsctlError if it rejects ours."""
        try:
            self.admin.query("SELECT 1")
        except Unavailable:
            return False
        return True

    def account_ready(self) -> bool:
        """Whether the feature store's account can log in and has all its privileges."""
        try:
            grants = " ".join(row[0].replace("\\", "") for row in MariaDB.from_url(self.url).query("SHOW GRANTS"))
        except MlopsctlError:
            return False
        has_rights = all(f"ALL PRIVILEGES ON `{database}`.*" in grants for database in DATABASES)
        return has_rights and self._admits_workers() == self.for_workers

    def _admits_workers(self) -> bool:
        """Whether the account can log in from worker hosts."""
        sql = "SELECT 1 FROM mysql.user WHERE user = %s AND host = %s"
        return bool(self.admin.query(sql, (ACCOUNT, WORKER_SOURCE)))

    def create_account(self) -> None:
        """Create the feature store's databases, and its account with privileges on them only; repair what differs."""
        password = make_secret(self.home.secret("mariadb-mlops-password"))
        for database in DATABASES[:3]:
            self.admin.run(f"CREATE DATABASE IF NOT EXISTS `{database}` CHARACTER SET utf8mb4")
        if not self.for_workers:
            self.admin.run(f"DROP USER IF EXISTS '{ACCOUNT}'@'{WORKER_SOURCE}'")
        for host in (*OWN_HOSTS, *((WORKER_SOURCE,) * self.for_workers)):
            self.admin.run(f"CREATE USER IF NOT EXISTS '{ACCOUNT}'@'{host}'")
            self.admin.run(f"ALTER USER '{ACCOUNT}'@'{host}' IDENTIFIED BY %s", (password,))
            for database in reversed(
                DATABASES
            ):  # the one that it logs in to comes last: if it can log in, it has all privileges
                # `_` is a wildcard in GRANT: unescaped, mlops_meta would include mlopsXmeta
                self.admin.run(f"GRANT ALL ON `{database.replace('_', chr(92) + '_')}`.* TO '{ACCOUNT}'@'{host}'")
