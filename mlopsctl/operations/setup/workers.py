"""What a platform with workers has besides: the broker, and the way for other machines to the services of this one."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.core.paths import BROKER
from mlopsctl.operations.services.start_steps import start_steps
from mlopsctl.operations.setup.request import SetupRequest
from mlopsctl.operations.workers import head


@dataclass(frozen=True)
class BrokerStep:
    request: SetupRequest
    name: str = BROKER
    needs: Sequence[str] = ("supervisor",)

    def todo(self) -> str:
        redis = self.request.platform.redis
        if not redis.conf.exists():
            return "create the broker"
        pending = {} if redis.is_configured() else {redis.conf: f"{redis.conf.name} changes"}
        (step,) = start_steps(self.request.platform, [self.name], pending)
        return step.todo()

    def do(self) -> Iterator[str]:
        self.request.platform.redis.write_conf()
        (step,) = start_steps(self.request.platform, [self.name])
        yield from step.do() if step.todo() else ()

    def detail(self) -> str:
        return f"127.0.0.1:{self.request.platform.redis.port}"


@dataclass(frozen=True)
class TunnelStep:
    """Certificates, and the tunnel's configuration."""

    request: SetupRequest
    name: str = "certificates"
    needs: Sequence[str] = ("check",)

    def todo(self) -> str:
        platform = self.request.platform
        done = head.is_prepared(platform.home, platform.settings)
        return "" if done else "make the certificates of the head"

    def do(self) -> Iterator[str]:
        yield "making certificates"
        head.prepare(self.request.platform.home, self.request.platform.settings)

    def detail(self) -> str:
        address = self.request.platform.settings.listen
        return f"other machines can join at {address}" if address else "no other machine can join"


@dataclass(frozen=True)
class NoWorkersStep:
    """With the executor local: remove the files of the broker, whose messages hold tokens of tasks, and the secrets of
    workers. A platform that gets workers again makes new ones: no host has joined."""

    request: SetupRequest
    name: str = "workers"
    needs: Sequence[str] = ("supervisor",)

    def todo(self) -> str:
        return "remove the broker's files, certificates and secrets of workers" if self._files() else ""

    def _files(self) -> list[Path]:
        platform, home = self.request.platform, self.request.platform.home
        files = (
            home.redis, *platform.redis.passwords, home.authority, home.tunnel, home.join_tokens, home.workers,
            home.worker_state, home.tunnel_conf, home.slots,
        )  # fmt: skip
        return [path for path in files if path.exists()]

    def do(self) -> Iterator[str]:
        yield "removing them"
        for path in self._files():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def detail(self) -> str:
        return "none: tasks run in the scheduler"
