"""One platform for all tests of a worker, in its own home, set up, used and removed through the command line."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.adapters.mariadb.server import MariaDBServer
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core import settings
from mlopsctl.core.paths import Home
from mlopsctl.operations.services import status
from tests.conftest import SLOW
from tests.live.inbox import Inbox, listening
from tests.operations.doctor.contexts import doctor_context

CHECKOUT = Path(__file__).parents[2]
MLOPSCTL = Path(sys.executable).with_name("mlopsctl")
INSTALL = 1800  # seconds: where packages are fetched, or something waits for its own time limits


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
        return Result(done.returncode, done.stdout, done.stderr.removeprefix(SLOW))

    def json(self, *words: str, timeout: float = 300) -> dict[str, Any]:
        """The JSON of a command that must succeed."""
        result = self.mlopsctl(*words, "--json", timeout=timeout)
        assert result.code == 0, result.out + result.err
        return result.json

    # These poll from this process: repeated calls of the command line would slow down what they wait for.

    def busy(self, dag_id: str) -> bool:
        """Whether a run of the DAG is queued or running."""
        return self.http.count(f"/api/v2/dags/{dag_id}/dagRuns", {"state": ["queued", "running"]}) > 0

    def rest(self, dag_id: str, timeout: float = 180) -> None:
        """Wait until no run of a DAG is active: an unpaused DAG creates the latest run of its schedule by itself."""
        deadline = time.monotonic() + timeout
        while self.busy(dag_id):
            assert time.monotonic() < deadline, f"{dag_id} does not come to rest"
            time.sleep(0.3)

    def healthy(self, timeout: float = 180) -> None:
        """Wait until all services run: one that was restarted is `starting` for some seconds."""
        deadline = time.monotonic() + timeout
        while not (report := status.read(doctor_context(self.home).platform)).healthy:
            assert time.monotonic() < deadline, report
            time.sleep(0.5)

    @property
    def http(self) -> AirflowHttp:
        """Airflow's REST API, past mlopsctl's own words."""
        home = Home(self.home)
        url = settings.load(home.config).api_url
        return AirflowHttp(url, home.secret("service-password"), home.secret("api-token"))

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


def home_of_worker(name: str, offset: int = 0) -> LivePlatform:
    """A home to be, whose databases and API server have ports that no other platform of this run ever takes: a setup
    takes the port of a server that happens to be down."""
    home, number = new_home(name), int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    home.mkdir()
    shift = 400 * number + offset  # setup looks at the 200 ports from the one that it is given
    home.joinpath("config.toml").write_text(f"api_port = {18180 + shift}\nmariadb_port = {13306 + shift}\n")
    return LivePlatform(home)


def end(platform: LivePlatform) -> None:
    """Remove a platform; whatever a test left behind, no process stays."""
    for process in platform.processes():
        with suppress(psutil.NoSuchProcess):  # a scheduler that is asked to stop waits for what its last tasks do
            if process.name() not in ("postgres", "mariadbd"):
                process.kill()
    result: Result | None = None
    try:
        result = platform.mlopsctl("uninstall", "--purge", "--yes", timeout=INSTALL)
    finally:
        left = platform.processes()
        for process in left:
            process.kill()
        shutil.rmtree(platform.home.parent)
    assert not left, f"{result.out}{result.err}{left}"


@pytest.fixture(scope="session")
def alerts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Inbox, tuple[str, ...]]]:
    """An inbox for all tests, and the options of setup that send alerts to it."""
    with listening(tmp_path_factory.mktemp("alerts") / "webhook") as both:
        yield both


@pytest.fixture
def inbox(alerts: tuple[Inbox, tuple[str, ...]]) -> Inbox:
    return alerts[0]


@pytest.fixture(scope="session")
def platform(alerts: tuple[Inbox, tuple[str, ...]]) -> Iterator[LivePlatform]:
    """With the pipelines of dags/ and of the tests, and data from October 2023 to January 2024."""
    live = home_of_worker("home")
    folders = (str(CHECKOUT / "dags"), str(CHECKOUT / "tests" / "live" / "dags"))
    days = ("--seed-from", "2023-10-01", "--seed-to", "2024-01-31")
    try:
        live.json("setup", "--dags", folders[0], "--dags", folders[1], *days, *alerts[1], timeout=INSTALL)
        yield live
    finally:
        end(live)


@pytest.fixture
def failing(platform: LivePlatform) -> Iterator[Path]:
    """The file that names the days on which the tests' DAGs fail."""
    file = platform.home / "airflow" / "live-failing"
    yield file
    file.unlink(missing_ok=True)


@pytest.fixture
def morning(platform: LivePlatform) -> Iterator[Path]:
    """The file that ends the sleep of the tests' DAGs as soon as it exists."""
    file = platform.home / "airflow" / "live-morning"
    yield file
    file.unlink(missing_ok=True)
