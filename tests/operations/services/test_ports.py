"""Busy ports are replaced by free ones."""

import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.settings import Settings
from mlopsctl.operations.services.ports import choose_ports, next_free


def test_a_busy_port_is_replaced_by_the_next_free_one() -> None:
    with closing(socket.socket()) as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert next_free(port) > port
        settings = replace(Settings(), api_port=port, mariadb_port=port)
        assert choose_ports(settings, lambda _: False).api_port > port
        assert choose_ports(settings, lambda _: True) == settings  # used by our own services


def test_two_setups_at_the_same_time_choose_different_ports() -> None:
    port = 29300  # below the ephemeral ports
    program = f"from mlopsctl.operations.services.ports import next_free; print(next_free({port}), flush=True); input()"
    both = [
        subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    chosen = {process.stdout.readline() for process in both if process.stdout}
    assert len(chosen) == 2
    for process in both:
        process.communicate("\n")
    assert next_free(port) == next_free(port) == min(map(int, chosen)), "a claim ends with its process"


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(MlopsctlError, match="not an address of this machine"):
        next_free(8080, "192.0.2.1")
