"""MariaDB's configuration and secrets. tests/live uses a server."""

from pathlib import Path

import pytest

from mlopsctl.adapters.files import make_secret
from mlopsctl.adapters.mariadb import server as server_module
from mlopsctl.adapters.mariadb.server import MariaDBServer
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home


@pytest.mark.parametrize(
    ("timezone", "offset"), [("Asia/Seoul", "+09:00"), ("UTC", "+00:00"), ("Asia/Kolkata", "+05:30")]
)
def test_configuration_has_the_homes_paths_and_timezone(tmp_path: Path, timezone: str, offset: str) -> None:
    server = MariaDBServer(Home(tmp_path / "홈"), 13399, timezone)
    assert server.write_conf()
    assert not server.write_conf()
    conf = server.conf.read_text()
    assert "bind_address = 127.0.0.1" in conf
    assert f'default_time_zone = "{offset}"' in conf
    assert "local_infile = 1" in conf
    assert f'datadir = "{tmp_path}/홈/mariadb/data"' in conf
    assert f'tmpdir = "{tmp_path}/홈/mariadb/tmp"' in conf and server.tmp.is_dir()


@pytest.mark.parametrize(
    ("memory", "pool"), [(1000, 128), (1900, 128), (3800, 256), (7700, 512), (15800, 1024), (64000, 1024)]
)
def test_buffer_pool_follows_the_memory_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: int, pool: int
) -> None:
    monkeypatch.setattr(server_module, "memory_limit", lambda: memory * 2**20)
    server = MariaDBServer(Home(tmp_path), 13399, "UTC")
    server.write_conf()
    assert f"innodb_buffer_pool_size = {pool}M" in server.conf.read_text()


def test_missing_password_is_not_created_by_a_reader(tmp_path: Path) -> None:
    lost = MariaDBServer(Home(tmp_path), 13399, "UTC")
    with pytest.raises(MlopsctlError, match=r"the secret .*/mariadb-mlops-password is missing"):
        _ = lost.features
    assert not lost.account_ready() and not list(tmp_path.iterdir())
    assert make_secret(lost.home.secret("mariadb-mlops-password")) in lost.url
