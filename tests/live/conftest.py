"""One platform for the whole run, in a home of its own; set up, driven and ended through the command line."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlopsctl import settings
from mlopsctl.adapters.mariadb import MariaDB
from mlopsctl.adapters.mariadb_server import MariaDBServer
from mlopsctl.adapters.supervisor import Supervisor
from mlopsctl.paths import Home
from tests.live.inbox import Inbox, listening

CHECKOUT = Path(__file__).parents[2]
MLOPSCTL = Path(sys.executable).with_name("mlopsctl")


@dataclass(frozen=True)
class Result:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.out)
        return answer


@dataclass(frozen=True)
class LivePlatform:
    home: Path

    def command(self, *words: str) -> list[str]:
        return [str(MLOPSCTL), "--home", str(self.home), *words]

    def mlopsctl(
        self, *words: str, timeout: float = 300, input: str | None = None, env: dict[str, str] | None = None
    ) -> Result:
        """Run mlopsctl on this home, without a terminal."""
        done = subprocess.run(
            self.command(*words),
            env=environment() | (env or {}),
            capture_output=True,
            text=True,
            timeout=timeout,
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def json(self, *words: str, timeout: float = 300) -> dict[str, Any]:
        """The JSON of a command that must succeed."""
        result = self.mlopsctl(*words, "--json", timeout=timeout)
        assert result.code == 0, result.out + result.err
        return result.json

    def rest(self, dag_id: str, timeout: float = 120) -> None:
        """Wait until no run of a DAG is at work: one that is unpaused makes the last run of its schedule by itself."""
        deadline = time.monotonic() + timeout
        while any(run["state"] in ("queued", "running") for run in self.json("runs", dag_id)["data"]["runs"]):
            assert time.monotonic() < deadline, f"{dag_id} does not come to rest"
            time.sleep(0.5)

    def healthy(self, timeout: float = 120) -> None:
        """Wait until all services run: one that was restarted is `starting` for some seconds."""
        deadline = time.monotonic() + timeout
        while (status := self.mlopsctl("status", "--json")).code:
            assert time.monotonic() < deadline, status.out
            time.sleep(0.5)

    @property
    def features(self) -> MariaDB:
        home = Home(self.home)
        return MariaDBServer(home, settings.load(home.config).mariadb_port, "Asia/Seoul").features

    def processes(self) -> list[Any]:
        return Supervisor(Home(self.home)).processes()


def environment() -> dict[str, str]:
    """This one's without mlopsctl's variables; uv's cache stays where it is, so that each package is fetched once."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MLOPSCTL", "AIRFLOW"))}
    return env | {"COLUMNS": "80", "LINES": "24", "NO_COLOR": "1"}


def new_home(name: str) -> Path:
    """A fresh folder under the temporary folder that PostgreSQL's and MariaDB's accounts can walk into."""
    import tempfile

    top = Path(tempfile.mkdtemp(prefix="mlopsctl-"))
    top.chmod(0o711)
    return top / name


def end(platform: LivePlatform) -> None:
    """Remove a platform; whatever a test left behind, no process stays."""
    import shutil

    result = platform.mlopsctl("uninstall", "--purge", "--yes")
    left = platform.processes()
    for process in left:
        process.kill()
    shutil.rmtree(platform.home.parent)
    assert not left, f"{result.out}{result.err}{left}"


@pytest.fixture(scope="session")
def alerts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Inbox, tuple[str, ...]]]:
    """An inbox for the whole run, and the options of setup that lead to it."""
    with listening(tmp_path_factory.mktemp("alerts") / "webhook") as both:
        yield both


@pytest.fixture
def inbox(alerts: tuple[Inbox, tuple[str, ...]]) -> Inbox:
    return alerts[0]


@pytest.fixture(scope="session")
def platform(alerts: tuple[Inbox, tuple[str, ...]]) -> Iterator[LivePlatform]:
    """The course's pipelines and the tests' own, seeded for the last three months of 2023."""
    live = LivePlatform(new_home("home"))
    port = "18280" if os.environ.get("PYTEST_XDIST_WORKER") == "gw1" else "18180"
    result = live.mlopsctl(
        "setup", "--dags", str(CHECKOUT / "dags"), "--dags", str(CHECKOUT / "tests" / "live" / "dags"),
        "--api-port", port, "--seed-from", "2023-10-01", "--seed-to", "2024-01-31", *alerts[1],
    )  # fmt: skip
    try:
        assert result.code == 0, result.out + result.err
        yield live
    finally:
        end(live)
