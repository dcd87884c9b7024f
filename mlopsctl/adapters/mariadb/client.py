"""A client of MariaDB, for the feature store. The only module that imports MySQLdb; its errors become MlopsctlError."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from mlopsctl.adapters import process
from mlopsctl.adapters.files import write_if_changed
from mlopsctl.core.errors import MlopsctlError, Unavailable, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.urls import check_address

if TYPE_CHECKING:
    from MySQLdb.connections import Connection

Row = tuple[Any, ...]
EXAMPLE = "mysql://user:password@host:3306/mlops"
NO_TABLE = "no-table"
TRANSIENT = ("unreachable", "server-gone", "busy")
EXTERNAL_HINT = Hint(note="check its URL, and that the server runs and accepts connections from this machine")
NO_SPACE = 1114
COMPARE_TABLE = "SHOW CREATE TABLE mlops.cust_info"

# MariaDB's error numbers: our code, what happened, what to do. The server's message follows in parentheses.
_KNOWN_ERRORS: dict[tuple[int, ...], tuple[str, str, Hint]] = {
    (2002, 2003, 2005): ("unreachable", "MariaDB at {where} is unreachable", Hint.of("start", "mariadb")),
    (1053, 1927, 2006, 2013, 2055): (
        "server-gone",
        "the connection to MariaDB at {where} was lost",
        Hint.of("start", "mariadb", note="then run the same command again"),
    ),
    (1040, 1203): ("busy", "MariaDB at {where} has too many connections", Hint.of("restart", "mariadb")),
    (1044, 1045, 1142, 1143, 1227, 1370, 1698): (
        "access-denied",
        "MariaDB at {where} denied access to account {user!r}",
        Hint.of(
            "setup",
            note="grants the privileges; for a server of your own, this shows what is missing:",
            other=("doctor", "--only", "feature-store-rights"),
        ),
    ),
    (1021, NO_SPACE): (
        "disk-full",
        "the disk of MariaDB at {where} is full",
        Hint(line="df -h", note="free some space, then run the same command again"),
    ),
    (1049, 1146): (NO_TABLE, "a table is missing", Hint.of("seed", note="creates the tables of the feature store")),
    (1054, 1136, 1364, 1366, 1406): (
        "wrong-schema",
        "a table of the feature store differs from the one that mlopsctl creates",
        Hint.of("db", "shell", "features", "--", "-e", COMPARE_TABLE),
    ),
    (1062,): (
        "duplicate",
        "rows with the same key exist already",
        Hint.of("seed", "--dry-run", note="shows what it would do"),
    ),
    (1205, 1213): (
        "rows-locked",
        "another connection has locked the rows",
        Hint(note="wait until it has ended, then run the same command again"),
    ),
}


@dataclass(frozen=True)
class Session:
    """One connection, with its temporary tables and variables. Each statement is committed at once, except in a
    `transaction`."""

    server: "MariaDB"
    connection: "Connection"

    def query(self, sql: str, args: Sequence[object] | None = None) -> list[Row]:
        """The rows of a SELECT. Raises MlopsctlError."""
        with _own_errors(self.server), closing(self.connection.cursor()) as cursor:
            cursor.execute(sql, args)
            return list(cursor.fetchall())

    def run(self, sql: str, args: Sequence[object] | None = None) -> int:
        """Run a statement. The number of rows that it changed. Raises MlopsctlError."""
        with _own_errors(self.server), closing(self.connection.cursor()) as cursor:
            cursor.execute(sql, args)
            return int(cursor.rowcount)

    @contextmanager
    def transaction(self) -> Iterator["Session"]:
        """Commit all statements of the block, or none."""
        self.run("START TRANSACTION")
        try:
            yield self
        except BaseException:
            self._rollback()
            raise
        with _own_errors(self.server):
            self.connection.commit()

    def _rollback(self) -> None:
        from MySQLdb import Error

        try:
            self.connection.rollback()
        except Error:
            return  # the connection is lost, so the server has rolled back; the first error is being raised


@dataclass(frozen=True)
class MariaDB:
    """A MariaDB server and the account to use on it. `socket` takes precedence over `host` and `port`. `external`: this
    home does not run it."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str = ""
    socket: str | None = None
    external: bool = False

    @classmethod
    def from_url(cls, url: str) -> "MariaDB":
        """`mysql://user:password@host:port/database?unix_socket=PATH`, its parts percent-encoded. Raises UsageError."""
        check_address(url, "the feature store's URL", EXAMPLE)
        parts = urlsplit(url)
        if parts.scheme != "mysql" or not parts.username:  # the only scheme that Airflow's connections have
            raise UsageError(
                "the feature store's URL must name a MariaDB server and an account.",
                hint=EXAMPLE,
            )
        return cls(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 3306,
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            database=unquote(parts.path.lstrip("/")),
            socket=next(iter(parse_qs(parts.query).get("unix_socket", [])), None),
            external=True,
        )

    @property
    def where(self) -> str:
        return self.socket or f"{self.host}:{self.port}"

    @property
    def without_database(self) -> "MariaDB":
        """The same without a default database, which may not exist yet."""
        return replace(self, database="")

    def client(self, defaults: Path) -> tuple[list[str], dict[str, str]]:
        """The command line and environment of MariaDB's own client; the password is in the file `defaults`."""
        address = {"socket": self.socket} if self.socket else {"host": self.host, "port": self.port, "protocol": "tcp"}
        options = {"user": self.user, "password": self.password, "default-character-set": "utf8mb4", **address}
        lines = ["[client]", *(f"{key}={_quoted(str(value))}" for key, value in options.items())]
        # Not as an argument: the client accepts one database only, and a caller may pass another with -D.
        lines += ["[mariadb-client]", f"database={_quoted(self.database)}"] if self.database else []
        write_if_changed(defaults, "\n".join([*lines, ""]))
        program = process.find_program("mariadb") or process.find_program("mysql")
        if not program:
            raise MlopsctlError(
                "MariaDB's client is not installed.", hint=Hint(line="sudo apt-get install mariadb-client")
            )
        return [program, f"--defaults-file={defaults}"], process.clean_env()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A new connection for the block. Raises MlopsctlError."""
        import MySQLdb

        address: dict[str, Any] = (
            {"unix_socket": self.socket} if self.socket else {"host": self.host, "port": self.port}
        )  # fmt: skip
        with _own_errors(self):
            connection = MySQLdb.connect(
                user=self.user, password=self.password, database=self.database, charset="utf8mb4",
                connect_timeout=10, autocommit=True, **address,
            )  # fmt: skip
        with closing(connection):
            yield Session(self, connection)

    def query(self, sql: str, args: Sequence[object] | None = None) -> list[Row]:
        with self.session() as session:
            return session.query(sql, args)

    def run(self, sql: str, args: Sequence[object] | None = None) -> int:
        with self.session() as session:
            return session.run(sql, args)


@contextmanager
def _own_errors(server: MariaDB) -> Iterator[None]:
    """Raise MySQLdb's errors as MlopsctlError."""
    from MySQLdb import Error

    try:
        yield
    except Error as e:
        raise own_error(server, e) from e


def _quoted(value: str) -> str:
    """A value in an option file, in which a backslash starts an escape sequence."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def own_error(server: MariaDB, error: Exception) -> MlopsctlError:
    """A MySQLdb error as MlopsctlError; as Unavailable if it may pass."""
    number, message = (error.args[0], str(error.args[-1])) if error.args else (0, str(error))
    if number == 1030 and ("28" in message or "No space" in message):  # "Got error 28": the system's ENOSPC
        number = NO_SPACE
    for numbers, (code, what, hint) in _KNOWN_ERRORS.items():
        if number in numbers:
            happened = what.format(where=server.where, user=server.user)
            kind = Unavailable if code in TRANSIENT else MlopsctlError
            remedy = EXTERNAL_HINT if server.external and code in TRANSIENT else hint
            return kind(f"{happened} ({message.rstrip('.')}).", hint=remedy, code=code)
    return MlopsctlError(
        f"MariaDB at {server.where} rejected a statement: {message} (error {number}).",
        hint=Hint.of("logs", "mariadb"),
        code="database",
    )
