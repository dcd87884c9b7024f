"""What needs no server: URLs, sentences, the client's option file. The rest is driven in tests/live."""

import stat
from pathlib import Path

import pytest
from MySQLdb import OperationalError, ProgrammingError

from mlopsctl.adapters.mariadb.client import MariaDB, sentence
from mlopsctl.core.errors import MlopsctlError, UsageError

SERVER = MariaDB("db.example", 3307, "mlops", "p w:1", "mlops")


def test_from_url() -> None:
    assert MariaDB.from_url("mysql://mlops:p%20w%3A1@db.example:3307/mlops") == SERVER


def test_from_url_takes_a_socket_and_defaults() -> None:
    db = MariaDB.from_url("mysql://mlops:x@localhost/?unix_socket=%2Fa%20b%2Fmariadb.sock")
    assert (db.socket, db.port, db.database) == ("/a b/mariadb.sock", 3306, "")
    assert db.where == "/a b/mariadb.sock"


@pytest.mark.parametrize("url", ["postgresql://a:b@c/d", "mysql://c/d", "mysql://a:b@c:port/d", "nonsense"])
def test_from_url_refuses(url: str) -> None:
    with pytest.raises(UsageError, match="URL"):
        MariaDB.from_url(url)


def test_the_password_is_in_no_representation() -> None:
    assert "p w:1" not in repr(SERVER)


@pytest.mark.parametrize(
    ("error", "code", "hint"),
    [
        (OperationalError(2003, "Can't connect to server"), "unreachable", "mlopsctl start mariadb"),
        (OperationalError(2013, "Lost connection"), "server-gone", "mlopsctl start mariadb, then"),
        (OperationalError(1045, "Access denied for user"), "access-denied", "mlopsctl setup"),
        (OperationalError(1044, "Access denied to db"), "access-denied", "mlopsctl doctor --only feature-store-rights"),
        (OperationalError(1114, "The table 'x' is full"), "disk-full", "df -h"),
        (OperationalError(1030, 'Got error 28 "No space left on device" from storage engine'), "disk-full", "df -h"),
        (ProgrammingError(1146, "Table 'mlops.x' doesn't exist"), "no-table", "mlopsctl seed"),
        (OperationalError(1054, "Unknown column 'x'"), "wrong-schema", "SHOW CREATE TABLE"),
        (OperationalError(1213, "Deadlock found"), "rows-locked", "say it again"),
    ],
)
def test_errors_are_sentences_with_a_remedy(error: Exception, code: str, hint: str) -> None:
    told = sentence(SERVER, error)
    assert told.code == code
    assert hint in told.hint.text()
    assert error.args[1] in told.message
    assert told.message.endswith(").")


def test_an_unknown_error_keeps_the_servers_words() -> None:
    told = sentence(SERVER, ProgrammingError(1064, "You have an error in your SQL syntax"))
    assert told.message == (
        "MariaDB at db.example:3307 refused a statement: You have an error in your SQL syntax (error 1064)."
    )


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    db = MariaDB("localhost", 0, "mlops", "x", socket=str(tmp_path / "none.sock"))
    with pytest.raises(MlopsctlError) as caught:
        db.query("SELECT 1")
    assert caught.value.code == "unreachable"
    assert str(tmp_path / "none.sock") in caught.value.message


def test_the_clients_password_goes_by_a_file_that_only_we_can_read(tmp_path: Path) -> None:
    defaults = tmp_path / "my.cnf"
    command, env = MariaDB("h", 3307, "mlops", 'a"b\\c', "mlops").client(defaults)
    assert command[1:] == [f"--defaults-file={defaults}"]
    assert '[mariadb-client]\ndatabase="mlops"\n' in defaults.read_text(encoding="utf-8")
    assert 'password="a\\"b\\\\c"' in defaults.read_text(encoding="utf-8")
    assert stat.S_IMODE(defaults.stat().st_mode) == 0o600
    assert not [value for value in (*command, *env.values()) if 'a"b' in value]
