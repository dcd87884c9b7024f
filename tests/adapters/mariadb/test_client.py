"""URLs, errors, the client's option file. tests/live uses a server."""

import stat
from pathlib import Path

import pytest
from MySQLdb import OperationalError, ProgrammingError

from mlopsctl.adapters.mariadb.client import COMPARE_TABLE, TRANSIENT, MariaDB, own_error
from mlopsctl.core.errors import MlopsctlError, Unavailable, UsageError

SERVER = MariaDB("db.example", 3307, "mlops", "p w:1", "mlops")
EXTERNAL = MariaDB("db.example", 3307, "mlops", "p w:1", "mlops", external=True)


def test_from_url() -> None:
    assert MariaDB.from_url("mysql://mlops:p%20w%3A1@db.example:3307/mlops") == EXTERNAL


def test_from_url_takes_a_socket_and_defaults() -> None:
    db = MariaDB.from_url("mysql://mlops:x@localhost/?unix_socket=%2Fa%20b%2Fmariadb.sock")
    assert (db.socket, db.port, db.database) == ("/a b/mariadb.sock", 3306, "")
    assert db.where == "/a b/mariadb.sock"


@pytest.mark.parametrize("url", ["postgresql://a:b@c/d", "mysql://c/d", "mysql://a:b@c:port/d", "nonsense"])
def test_invalid_url(url: str) -> None:
    with pytest.raises(UsageError, match="URL"):
        MariaDB.from_url(url)


def test_password_is_not_in_repr() -> None:
    assert "p w:1" not in repr(SERVER)


@pytest.mark.parametrize(
    ("error", "code", "command"),
    [
        (OperationalError(2003, "Can't connect to server"), "unreachable", ("start", "mariadb")),
        (OperationalError(2013, "Lost connection"), "server-gone", ("start", "mariadb")),
        (OperationalError(1045, "Access denied for user"), "access-denied", ("setup",)),
        (OperationalError(1044, "Access denied to db"), "access-denied", ("setup",)),
        (OperationalError(1114, "The table 'x' is full"), "disk-full", ()),
        (OperationalError(1030, 'Got error 28 "No space left on device" from storage engine'), "disk-full", ()),
        (ProgrammingError(1146, "Table 'mlops.x' doesn't exist"), "no-table", ("seed",)),
        (
            OperationalError(1054, "Unknown column 'x'"),
            "wrong-schema",
            ("db", "shell", "features", "--", "-e", COMPARE_TABLE),
        ),
        (OperationalError(1213, "Deadlock found"), "rows-locked", ()),
    ],
)
def test_known_errors_have_a_code_and_a_hint(error: Exception, code: str, command: tuple[str, ...]) -> None:
    own = own_error(SERVER, error)
    assert (own.code, own.hint.command) == (code, command)
    assert own.hint
    assert error.args[1] in own.message
    assert isinstance(own, Unavailable) is (code in TRANSIENT)


def test_unknown_error_has_the_servers_message() -> None:
    own = own_error(SERVER, ProgrammingError(1064, "You have an error in your SQL syntax"))
    assert own.message == (
        "MariaDB at db.example:3307 rejected a statement: You have an error in your SQL syntax (error 1064)."
    )


def test_unreachable_server(tmp_path: Path) -> None:
    db = MariaDB("localhost", 0, "mlops", "x", socket=str(tmp_path / "none.sock"))
    with pytest.raises(MlopsctlError) as caught:
        db.query("SELECT 1")
    assert caught.value.code == "unreachable"
    assert str(tmp_path / "none.sock") in caught.value.message


def test_the_hint_of_an_external_server_starts_no_service() -> None:
    with pytest.raises(MlopsctlError) as caught:
        raise own_error(EXTERNAL, OperationalError(2003, "Can't connect to server"))
    assert caught.value.code == "unreachable" and not caught.value.hint.command


def test_clients_password_is_in_a_file_that_only_its_owner_can_read(tmp_path: Path) -> None:
    defaults = tmp_path / "my.cnf"
    command, env = MariaDB("h", 3307, "mlops", 'a"b\\c', "mlops").client(defaults)
    assert command[1:] == [f"--defaults-file={defaults}"]
    assert '[mariadb-client]\ndatabase="mlops"\n' in defaults.read_text(encoding="utf-8")
    assert 'password="a\\"b\\\\c"' in defaults.read_text(encoding="utf-8")
    assert stat.S_IMODE(defaults.stat().st_mode) == 0o600
    assert not [value for value in (*command, *env.values()) if 'a"b' in value]
