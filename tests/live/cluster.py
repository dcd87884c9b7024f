"""A platform with a head and worker hosts, each on a host of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from mlopsctl.core.deadline import poll
from tests.live.conftest import CHECKOUT, INSTALL, LivePlatform, end, home_of_worker, new_home
from tests.live.hosts import Host, network

DAGS = CHECKOUT / "tests" / "live" / "dags" / "live_workers"
PORT = 8443
OFFSET = 200  # of the ports that the head's home is given; see conftest.home_of_worker


@dataclass(frozen=True)
class HostPlatform(LivePlatform):
    """The home of one host."""

    host: Host

    def command(self, *words: str) -> list[str]:
        return self.host.command(*super().command(*words))

    def kill(self) -> None:
        """All processes at once, as if the machine had lost its power."""
        while processes := self.processes():
            for process in processes:
                with suppress(psutil.NoSuchProcess):
                    process.kill()


@dataclass(frozen=True)
class Cluster:
    """`stranger`: a host that has not joined. `folder`: of files that all hosts see. `used`: a token."""

    head: HostPlatform
    workers: tuple[HostPlatform, ...]
    stranger: Host
    folder: Path
    used: str = ""

    def token(self, *words: str) -> str:
        return str(self.head.json("worker", "token", *words)["data"]["token"])

    def listed(self) -> dict[str, dict[str, Any]]:
        """`worker list`, by host."""
        return {row["host"]: row for row in self.head.json("worker", "list")["data"]["workers"]}

    def states(self) -> dict[str, str]:
        return {host: row["state"] for host, row in self.listed().items()}

    def queue(self, name: str) -> dict[str, Any]:
        """Of `queues`."""
        found = self.head.json("queues")["data"]["queues"]
        return next((row for row in found if row["name"] == name), {})

    def sql(self, query: str) -> list[str]:
        """The lines that the metadata database answers."""
        ran = self.head.mlopsctl("db", "shell", "metadata", "--", "-At", "-c", query)
        assert ran.code == 0, ran.err
        return ran.out.splitlines()

    def wait(self, reached: Callable[[], bool], seconds: float = 180) -> None:
        assert poll(reached, every=0.5, give_up_after=seconds), f"not reached in {seconds:.0f} s: {self.listed()}"


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A head, the worker hosts w1 and w2, of which the second also takes tasks from the queue gpu, and a stranger."""
    with ExitStack() as stack:
        hosts = stack.enter_context(network("head", "w1", "w2", "stranger"))
        made = home_of_worker("head", OFFSET)
        head = HostPlatform(made.home, hosts[0])
        stack.callback(end, head)
        # On its host there is no package index: what setup installs, and the workers after it, comes from uv's cache.
        made.json("setup", "--executor", "celery", "--dags", str(DAGS), "--no-seed", "--no-start", timeout=INSTALL)
        head.json("setup", "--listen", f"{head.host.address}:{PORT}", timeout=INSTALL)
        workers = tuple(HostPlatform(new_home(host.name), host) for host in hosts[1:3])
        folder = made.home.parent / "shared"
        folder.mkdir()
        found = Cluster(head, workers, hosts[3], folder)
        for worker, slots, queues in zip(workers, ("4", "2"), ("default", "default,gpu"), strict=True):
            stack.callback(end, worker)
            token = found.token("--queues", queues)
            worker.json("worker", "join", token, "--concurrency", slots, timeout=INSTALL)
        yield replace(found, used=token)
