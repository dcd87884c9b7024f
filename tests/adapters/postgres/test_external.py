"""An external server that nobody has started is found before anything is installed."""

import socket

import pytest

from mlopsctl.adapters.postgres import external
from mlopsctl.core.errors import MlopsctlError


def test_a_server_that_listens_is_accepted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        external.check_listening(f"postgresql+psycopg2://u:p@127.0.0.1:{server.getsockname()[1]}/db")


def test_a_closed_port_is_reported_without_the_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(MlopsctlError) as caught:
        external.check_listening(f"postgresql://u:hunter2@127.0.0.1:{port}/db")
    assert caught.value.code == "unreachable" and "hunter2" not in caught.value.message


@pytest.mark.parametrize("url", ["postgresql://u:p@/db?host=%2Frun%2Fpg", "postgresql:///db"])
def test_a_socket_is_not_checked(url: str) -> None:
    external.check_listening(url)
