"""Redis's configuration. A real server is in tests/live."""

import stat
from pathlib import Path

import pytest

from mlopsctl.adapters import process
from mlopsctl.adapters.redis.server import RedisServer
from mlopsctl.core.errors import Unavailable
from mlopsctl.core.paths import Home


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RedisServer:
    monkeypatch.setattr(RedisServer, "account", None)  # of the system, which a machine without Redis lacks
    made = RedisServer(Home(tmp_path), 6379)
    made.write_conf()
    return made


def test_it_listens_on_loopback_and_keeps_each_write(server: RedisServer) -> None:
    lines = server.conf.read_text().splitlines()
    assert {"bind 127.0.0.1", "port 6379", "appendonly yes", "user default off ~* &* +@all"} <= set(lines)
    assert server.is_configured() and not server.write_conf()
    assert not RedisServer(server.home, 6380).is_configured()


def test_its_files_are_private_and_hold_no_password(server: RedisServer) -> None:
    passwords = [path.read_text().strip() for path in server.home.secrets.glob("redis-*-password")]
    assert len(set(passwords)) == 2
    assert not any(password in server.conf.read_text() for password in passwords)
    assert stat.S_IMODE(server.conf.stat().st_mode) == 0o600
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700


def test_workers_get_an_account_that_cannot_change_the_server(server: RedisServer) -> None:
    (rules,) = (line for line in server.conf.read_text().splitlines() if line.startswith("user celery "))
    assert " -@admin -@dangerous " in rules
    assert server.url.startswith("redis://celery:") and server.url.endswith("@127.0.0.1:6379/0")


@pytest.mark.parametrize(
    ("out", "err"),
    [
        ("LOADING Redis is loading the dataset in memory\n", ""),
        ("", "Could not connect to Redis at 127.0.0.1:6379: Connection refused\n"),
    ],
)
def test_server_that_is_starting_is_not_ready(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch, out: str, err: str
) -> None:
    monkeypatch.setattr(process, "run", lambda *_, **__: process.Completed(1, out, err))
    assert not server.ready()
    with pytest.raises(Unavailable):
        server.command("PING")
