"""The feature store. The only file that knows MySQLdb, whose errors leave here as sentences."""

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

if TYPE_CHECKING:
    from MySQLdb.connections import Connection

Row = tuple[Any, ...]
NO_TABLE = "no-table"
PASSING = ("unreachable", "server-gone", "busy")
AGAIN = "mlopsctl start mariadb, then the same command again"

# MariaDB's error numbers → (our code, what happened, the remedy). The server's own words follow in brackets.
_KNOWN: dict[tuple[int, ...], tuple[str, str, str]] = {
    (2002, 2003, 2005): ("unreachable", "MariaDB cannot be reached at {where}", "mlopsctl start mariadb"),
    (1053, 1927, 2006, 2013, 2055): ("server-gone", "MariaDB at {where} went away in the middle", AGAIN),
    (1040, 1203): ("busy", "MariaDB at {where} takes no more connections", "mlopsctl restart mariadb"),
    (1044, 1045, 1142, 1143, 1227, 1370, 1698): (
        "access-denied",
        "MariaDB at {where} does not allow this to account {user!r}",
        "mlopsctl setup gives the account its rights; what it lacks on a server of your own: "
        "mlopsctl doctor --only feature-store-rights",
    ),
    (1021, 1114): ("disk-full", "the disk of MariaDB at {where} is full", "make room (df -h), then say it again"),
    (1049, 1146): (NO_TABLE, "a table is missing", "mlopsctl seed makes the tables of the feature store"),
    (1054, 1136, 1364, 1366, 1406): (
        "wrong-schema",
        "a table of the feature store is not as mlopsctl made it",
        "compare it with: mlopsctl db shell features -- -e 'SHOW CREATE TABLE mlops.cust_info'",
    ),
    (1062,): (
        "duplicate",
        "rows with the same key are there already",
        "mlopsctl seed --dry-run shows what it would do",
    ),
    (1205, 1213): ("rows-locked", "another connection holds the rows", "wait until it has ended, then say it again"),
}


@dataclass(frozen=True)
class Session:
    """One connection. Its temporary tables and variables live as long as it does; each statement commits by itself
    unless it stands in a `transaction`."""

    server: "MariaDB"
    connection: "Connection"

    def query(self, sql: str, args: Sequence[object] | None = None) -> list[Row]:
        """The rows of a SELECT. Raises MlopsctlError."""
        with _sentences(self.server), closing(self.connection.cursor()) as cursor:
            cursor.execute(sql, args)
            return list(cursor.fetchall())

    def run(self, sql: str, args: Sequence[object] | None = None) -> int:
        """Run one statement; the number of rows it wrote. Raises MlopsctlError."""
        with _sentences(self.server), closing(self.connection.cursor()) as cursor:
            cursor.execute(sql, args)
            return int(cursor.rowcount)

    @contextmanager
    def transaction(self) -> Iterator["Session"]:
        """All statements of the block, or none of them."""
        self.run("START TRANSACTION")
        try:
            yield self
        except BaseException:
            self._rollback()
            raise
        with _sentences(self.server):
            self.connection.commit()

    def _rollback(self) -> None:
        from MySQLdb import Error

        try:
            self.connection.rollback()
        except Error:
            return  # the connection has gone, and with it the server has rolled back; the first error is on its way


@dataclass(frozen=True)
class MariaDB:
    """A MariaDB server and the account to use on it. `socket` goes before `host` and `port`."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str = ""
    socket: str | None = None

    @classmethod
    def from_url(cls, url: str) -> "MariaDB":
        """`mysql://user:password@host:port/database?unix_socket=PATH`, its parts percent-encoded. Raises UsageError."""
        try:
            parts = urlsplit(url)
            port = parts.port or 3306
        except ValueError as e:
            raise UsageError(
                f"the feature store's URL cannot be read: {e}.", hint="mysql://user@host:3306/mlops"
            ) from e
        if parts.scheme != "mysql" or not parts.username:  # the one scheme that Airflow's connections know
            raise UsageError(
                "the feature store's URL must name a MariaDB server and an account.",
                hint="mysql://user:password@host:3306/mlops",
            )
        return cls(
            host=parts.hostname or "127.0.0.1",
            port=port,
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            database=unquote(parts.path.lstrip("/")),
            socket=next(iter(parse_qs(parts.query).get("unix_socket", [])), None),
        )

    @property
    def where(self) -> str:
        return self.socket or f"{self.host}:{self.port}"

    @property
    def bare(self) -> "MariaDB":
        """The same without a default database, which may not be there yet."""
        return replace(self, database="")

    def client(self, defaults: Path) -> tuple[list[str], dict[str, str]]:
        """The command line and environment of MariaDB's own client; the password goes by the file `defaults`."""
        place = {"socket": self.socket} if self.socket else {"host": self.host, "port": self.port, "protocol": "tcp"}
        given = {"user": self.user, "password": self.password, "default-character-set": "utf8mb4", **place}
        lines = ["[client]", *(f"{key}={_quoted(str(value))}" for key, value in given.items())]
        # Not as an argument, of which the client takes one: a caller can name another with -D.
        lines += ["[mariadb-client]", f"database={_quoted(self.database)}"] if self.database else []
        write_if_changed(defaults, "\n".join([*lines, ""]))
        program = process.find_program("mariadb") or process.find_program("mysql")
        if not program:
            raise MlopsctlError("MariaDB's client is not installed.", hint="sudo apt-get install mariadb-client")
        return [program, f"--defaults-file={defaults}"], process.clean_env()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A connection of one's own for the block. Raises MlopsctlError."""
        import MySQLdb

        place: dict[str, Any] = (
            {"unix_socket": self.socket} if self.socket else {"host": self.host, "port": self.port}
        )  # fmt: skip
        with _sentences(self):
            connection = MySQLdb.connect(
                user=self.user, password=self.password, database=self.database, charset="utf8mb4",
                connect_timeout=10, autocommit=True, **place,
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
def _sentences(server: MariaDB) -> Iterator[None]:
    """MySQLdb's errors as MlopsctlError."""
    from MySQLdb import Error

    try:
        yield
    except Error as e:
        raise sentence(server, e) from e


def _quoted(value: str) -> str:
    """A value of an option file; there a backslash begins an escape."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def sentence(server: MariaDB, error: Exception) -> MlopsctlError:
    """What a MySQLdb error means to a person; Unavailable where it may pass by itself."""
    number, words = (error.args[0], str(error.args[-1])) if error.args else (0, str(error))
    if number == 1030 and ("28" in words or "No space" in words):  # "Got error 28": the system's ENOSPC
        number = 1114
    for numbers, (code, what, hint) in _KNOWN.items():
        if number in numbers:
            happened = what.format(where=server.where, user=server.user)
            kind = Unavailable if code in PASSING else MlopsctlError
            return kind(f"{happened} ({words.rstrip('.')}).", hint=hint, code=code)
    return MlopsctlError(
        f"MariaDB at {server.where} refused a statement: {words} (error {number}).",
        hint=Hint.of("logs", "mariadb"),
        code="database",
    )
