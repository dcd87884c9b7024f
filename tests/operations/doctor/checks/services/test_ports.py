import os
import socket
from pathlib import Path

from tests.operations.doctor.contexts import findings, is_ok, make_home


def test_port_that_another_program_uses_is_shown_with_its_name(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        home = make_home(tmp_path, f"api_port = {port}\nmariadb_port = {port + 1}\n")
        name = Path("/proc/self/comm").read_text(encoding="utf-8").strip()
        (finding,) = findings("ports", home)
        assert f"port {port} of api-server" in finding.message
        assert f"{name} (process {os.getpid()})" in finding.message
    assert is_ok("ports", home)


def test_ports_of_a_platform_with_workers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        home = make_home(tmp_path, f'executor = "celery"\nredis_port = {port}\n')
        messages = [finding.message for finding in findings("ports", home)]
        assert any(f"port {port} of redis is used by" in message for message in messages)


def test_port_of_the_tunnel_cannot_be_changed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        home = make_home(tmp_path, f'executor = "celery"\nlisten = "127.0.0.1:{port}"\n')
        (finding,) = (found for found in findings("ports", home) if f"port {port} " in found.message)
        assert finding.hint.other == ("start", "tunnel")
