"""Hosts made of network namespaces: each has its own loopback, name and address, and all share the files and the
processes of this machine."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest

NETWORK = "10.213.0"  # each network has its own namespaces, so that addresses of two never meet
# `cat` holds the namespaces, and ends with the process of the tests, which holds its stdin.
_HOLD = 'hostname "$0" && ip link set lo up && echo ready && exec cat'
_TRIAL = "ip link add name net type bridge && ip link add name one type veth peer name other"


@dataclass(frozen=True)
class Host:
    name: str
    address: str
    pid: int

    def command(self, *words: str) -> list[str]:
        """To run `words` on this host, which reaches no package index: uv takes packages from its cache."""
        enter = ["nsenter", "--target", str(self.pid), "--net", "--uts"]
        return [*enter, "env", "UV_OFFLINE=1", *words]

    def run(self, *words: str, input: str | None = None, timeout: float = 60) -> str:
        """What a command that must succeed prints."""
        return subprocess.run(
            self.command(*words), input=input, timeout=timeout, check=True, text=True, stdout=subprocess.PIPE
        ).stdout


def require_namespaces() -> None:
    """Skip the tests where the kernel, or a container, does not allow what hosts are made of."""
    if os.geteuid():
        pytest.skip("hosts of their own need network namespaces, and those need root")
    trial = subprocess.run(
        ["unshare", "--net", "--uts", "sh", "-c", _TRIAL], capture_output=True, text=True, check=False
    )
    if trial.returncode:
        pytest.skip(f"hosts of their own need network namespaces, which are not allowed here: {trial.stderr.strip()}")


@contextmanager
def network(head: str, *others: str) -> Iterator[list[Host]]:
    """Hosts with these names. They are gone at the end, unless a process is left on one of them."""
    with ExitStack() as stack:
        hosts = [stack.enter_context(_host(name, f"{NETWORK}.{n}")) for n, name in enumerate((head, *others), 1)]
        first, *rest = hosts
        first.run("ip", "link", "add", "net", "type", "bridge")
        for n, host in enumerate(rest):
            first.run("ip", "link", "add", f"host{n}", "type", "veth", "peer", "name", "net", "netns", str(host.pid))
            first.run("ip", "link", "set", f"host{n}", "master", "net", "up")
        for host in hosts:
            host.run("ip", "addr", "add", f"{host.address}/24", "dev", "net")
            host.run("ip", "link", "set", "net", "up")
        yield hosts


@contextmanager
def _host(name: str, address: str) -> Iterator[Host]:
    words = ["unshare", "--net", "--uts", "sh", "-ec", _HOLD, name]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"ready\n", f"the host {name} was not made"
        try:
            yield Host(name, address, holder.pid)
        finally:
            holder.kill()
