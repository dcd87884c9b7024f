import socket
import stat
from pathlib import Path

import pytest

from mlopsctl.adapters.tls.tunnel import Route
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.operations.workers import membership
from mlopsctl.operations.workers.membership import Membership

JOINED = Membership(
    "w1", "secret-token", "secret-password", ("gpu",), (Route("redis", 6379),), "3.11", ("pandas==2.3.3",),
    {"timezone": "UTC"},
)  # fmt: skip


def test_it_is_read_as_it_was_written_and_private(tmp_path: Path) -> None:
    home = Home(tmp_path)
    membership.save(home, JOINED)
    assert membership.load(home) == JOINED and membership.name(home) == "w1"
    assert stat.S_IMODE(home.membership.stat().st_mode) == 0o600


def test_no_secret_is_in_its_text() -> None:
    assert "secret" not in repr(JOINED)


def test_a_host_that_has_not_joined_has_none(tmp_path: Path) -> None:
    with pytest.raises(MlopsctlError) as raised:
        membership.load(Home(tmp_path))
    assert (raised.value.code, raised.value.hint.command[:2]) == ("not-joined", ("worker", "join"))
    assert membership.name(Home(tmp_path)) == socket.gethostname()
