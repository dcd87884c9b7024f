"""The home's own Redis, which carries Celery's messages: on loopback, with passwords, each write kept in a file."""

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters import process
from mlopsctl.adapters.files import make_secret, read_secret, write_if_changed
from mlopsctl.adapters.supervisor.config import Program
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home

ADMIN = "mlopsctl"
CELERY = "celery"
COMMAND_TIMEOUT = 5.0  # seconds
# Who may change the configuration may write files as the server's account. Workers can read and change messages only.
# Celery releases its locks by scripts, which can do no more than the account.
_RULES = {ADMIN: "+@all", CELERY: "+@all -@admin -@dangerous -@scripting +eval +evalsha +script|load +info"}
_AT_START = ("dir", "daemonize", "logfile")  # options that a running server cannot change, or spells otherwise


@dataclass(frozen=True)
class RedisServer:
    """A server in `home.redis`. Root runs it under the account `redis`."""

    home: Home
    port: int

    @property
    def account(self) -> str | None:
        return "redis" if os.geteuid() == 0 else None

    @property
    def conf(self) -> Path:
        return self.home.redis / "redis.conf"

    @property
    def data(self) -> Path:
        return self.home.redis / "data"

    @property
    def url(self) -> str:
        """For Celery's messages, with the account of workers."""
        return f"redis://{CELERY}:{read_secret(self.password_file)}@127.0.0.1:{self.port}/0"

    @property
    def results_url(self) -> str:
        """For what became of them. Airflow's documentation prefers a database, because most servers of Redis forget:
        this one does not, and PostgreSQL stays on its socket, where no other host reaches it."""
        return f"{self.url.removesuffix('/0')}/1"

    @property
    def passwords(self) -> list[Path]:
        """The files with the passwords of all accounts."""
        return [self._password(user) for user in _RULES]

    @property
    def password_file(self) -> Path:
        """The password of the account of workers."""
        return self._password(CELERY)

    def program(self) -> Program:
        redis = process.find_program("redis-server") or "redis-server"
        return Program("redis", (redis, str(self.conf)), user=self.account, port=self.port)

    def write_conf(self) -> bool:
        """Write redis.conf, and make the passwords if there are none. False if it is up to date."""
        for folder in (self.home.redis, self.data):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self.account:
                shutil.chown(folder, self.account, self.account)
        for path in self.passwords:
            make_secret(path)
        return write_if_changed(self.conf, self._conf(), owner=self.account)

    def is_configured(self) -> bool:
        """Whether redis.conf is up to date, and no password is missing."""
        complete = all(path.exists() for path in (self.conf, *self.passwords))
        return complete and self.conf.read_text(encoding="utf-8") == self._conf()

    def _password(self, user: str) -> Path:
        return self.home.secret(f"redis-{user}-password")

    def _conf(self) -> str:
        """Passwords are in it as their SHA-256 only."""
        digests = {user: hashlib.sha256(read_secret(self._password(user)).encode()).hexdigest() for user in _RULES}
        users = "".join(f"user {user} on #{digests[user]} ~* &* {rules}\n" for user, rules in _RULES.items())
        return f"""\
# Written by mlopsctl; changes are overwritten.
bind 127.0.0.1
port {self.port}
dir "{self.data}"
daemonize no
logfile ""
# A message must outlive the server: each write is in the file within a second.
appendonly yes
appendfsync everysec
save ""
# Messages must not make room for others.
maxmemory 0
maxmemory-policy noeviction
# Nobody can log in as this user. The server reads its file as this user: without rights, transactions in it are lost.
user default off ~* &* +@all
{users}"""

    def ready(self) -> bool:
        """Whether the server answers. Raises MlopsctlError if it rejects our account."""
        try:
            return self.command("PING") == "PONG"
        except Unavailable:
            return False

    def persistence_problem(self) -> str:
        """Which of its last writes to the disk has failed, such as `aof_last_write_status is err`; empty if none has.
        Raises as command() does."""
        info = self._persistence()
        names = ("aof_last_write_status", "aof_last_bgrewrite_status")
        return next((f"{name} is {info[name]}" for name in names if info[name] != "ok"), "")

    def is_rewriting(self) -> bool:
        """Whether it rewrites its append-only file, or is about to. Raises as command() does."""
        info = self._persistence()
        return "1" in (info["aof_rewrite_in_progress"], info["aof_rewrite_scheduled"])

    def _persistence(self) -> dict[str, str]:
        lines = (line.strip().partition(":") for line in self.command("INFO", "persistence").splitlines())
        return {name: value for name, _, value in lines}

    def changed_options(self) -> dict[str, tuple[str, str]]:
        """The options that differ from those of write_conf() in the running server: by name, both values. Raises as
        command() does."""
        answer = self.command("CONFIG", "GET", "*").splitlines()
        running = dict(zip(answer[::2], answer[1::2], strict=False))
        lines = (line.partition(" ") for line in self._conf().splitlines())
        desired = {name: value.strip('"') for name, _, value in lines if name in running and name not in _AT_START}
        return {name: (running[name], value) for name, value in desired.items() if running[name] != value}

    def changed_accounts(self) -> dict[str, tuple[str, str]]:
        """The accounts that differ from those of write_conf() in being `on` or `off`: by name, both states; empty if
        there is none. Raises as command() does."""
        conf = _accounts(self._conf())
        running = _accounts(self.command("ACL", "LIST"))
        both = {name: (running.get(name, ""), conf.get(name, "")) for name in {**conf, **running}}
        return {name: states for name, states in both.items() if states[0] != states[1]}

    def command(self, *words: str) -> str:
        """What the server answers. Raises Unavailable, MlopsctlError if it rejects the command or our account."""
        client = process.find_program("redis-cli") or "redis-cli"
        env = process.clean_env(REDISCLI_AUTH=read_secret(self._password(ADMIN)))
        options = ["-h", "127.0.0.1", "-p", str(self.port), "--user", ADMIN, "--no-auth-warning", "-e"]
        try:
            done = process.run([client, *options, *words], env=env, timeout=COMMAND_TIMEOUT, check=False)
        except MlopsctlError as e:  # the timeout
            raise _unavailable(e.message) from e
        if done.code and "Could not connect" in done.err:
            raise _unavailable("it refuses connections.")
        if done.code and "LOADING" in done.out + done.err:
            raise _unavailable("it is still reading its data.")
        if done.code or "AUTH failed" in done.err:
            reason = done.tail or done.out.strip()
            raise MlopsctlError(f"Redis rejected a command: {reason}", hint=Hint.of("restart", "redis"), code="redis")
        return done.out.strip()


def _accounts(text: str) -> dict[str, str]:
    """By name, `on` or `off`, from lines such as `user celery on …`."""
    return dict(re.findall(r"^user (\S+) (on|off)\b", text, re.MULTILINE))


def _unavailable(reason: str) -> Unavailable:
    return Unavailable(f"Redis does not answer: {reason}", hint=Hint.of("start", "redis"), code="redis")
