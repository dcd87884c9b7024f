"""Compare `mlopsctl setup` in a new home with Airflow's documented installation, both with empty caches.

    python -m tests.bench.setup [--rounds 1] [--busy N] [--only ours|rival] [--folder DIR] [--results FILE]

Ours is the complete command: Airflow, both databases, exam data. The rival follows Airflow's documentation: venv, pip
with the same constraint file (and bytecode, as pip does), `db migrate`, `users create`, `connections add`, `variables
set`, the four components, wait until they are healthy. Its PostgreSQL server is created before and not counted.
Then `setup` again, and `status`.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.airflow.release import RELEASES
from mlopsctl.core.settings import AIRFLOW_VERSION
from tests.bench import results
from tests.bench.measure import CHECKOUT, MLOPSCTL, environment, timed, until, verdict

COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


def as_account(account: str) -> list[str]:
    """A command prefix: PostgreSQL does not run as root."""
    return ["setpriv", "--reuid", account, "--regid", account, "--init-groups", "--"] if os.geteuid() == 0 else []


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL server for the rival; yields the SQLAlchemy URL of its database."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    data, port = folder / "postgres", free_port()
    data.mkdir()
    if os.geteuid() == 0:
        shutil.chown(data, "postgres", "postgres")
    account = as_account("postgres")
    timed([*account, programs / "initdb", "-D", data, "-U", "airflow", "--auth=trust", "-E", "UTF8"], environment())
    command = [*account, programs / "postgres", "-D", data, "-p", str(port), "-k", "", "-h", "127.0.0.1"]
    with (folder / "postgres.log").open("w") as log:
        server = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log)
    try:
        ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", port]
        until(
            lambda: not subprocess.run([str(word) for word in ready], check=False).returncode, "the rival's PostgreSQL"
        )
        create = [programs / "createdb", "-h", "127.0.0.1", "-p", port, "-U", "airflow", "airflow"]
        timed(create, environment())
        yield f"postgresql+psycopg2://airflow@127.0.0.1:{port}/airflow"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


@dataclass(frozen=True)
class Rival:
    """The documented installation, step by step."""

    folder: Path
    database: str
    constraints: Path

    @property
    def port(self) -> int:
        return int((self.folder / "port").read_text())

    def env(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self.port}"
        return environment(
            PIP_CACHE_DIR=str(self.folder / "pip-cache"),
            AIRFLOW_HOME=str(self.folder / "airflow"),
            AIRFLOW__CORE__DAGS_FOLDER=str(CHECKOUT / "dags"),
            AIRFLOW__CORE__LOAD_EXAMPLES="False",
            AIRFLOW__CORE__AUTH_MANAGER="airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
            AIRFLOW__CORE__EXECUTION_API_SERVER_URL=f"{url}/execution/",
            AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=self.database,
            AIRFLOW__API__HOST="127.0.0.1",
            AIRFLOW__API__PORT=str(self.port),
            AIRFLOW__API__BASE_URL=url,
            AIRFLOW__API_AUTH__JWT_SECRET="only for this measurement, long enough for it",
            AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT=str(free_port()),
            AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT=str(free_port()),
        )

    def airflow(self, *words: str) -> list[str]:
        return [str(self.folder / "venv/bin/airflow"), *words]

    def commands(self) -> dict[str, list[str]]:
        packages = [
            f"apache-airflow=={AIRFLOW_VERSION}",
            *(f"apache-airflow-providers-{p}" for p in RELEASES[-1].providers),
        ]
        pip = [str(self.folder / "venv/bin/pip"), "install", "--constraint", str(self.constraints), *packages]
        person = "--username admin --password admin --firstname A --lastname B --role Admin --email a@example.org"
        connection = "mysql://mlops:mlops@127.0.0.1:3306/mlops"
        return {
            "venv": [sys.executable, "-m", "venv", str(self.folder / "venv")],
            "pip": pip,
            "db migrate": self.airflow("db", "migrate"),
            "users create": self.airflow("users", "create", *person.split()),
            "connections add": self.airflow("connections", "add", "feature_store", "--conn-uri", connection),
            "variables set": self.airflow("variables", "set", "AIRFLOW_DAGS_PATH", str(CHECKOUT / "dags")),
        }

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v2/monitor/health", timeout=5) as answer:
                parts = json.load(answer)
        except OSError:
            return False
        return all(parts[part]["status"] == "healthy" for part in parts)

    def start(self) -> float:
        """Start the four components, wait until all are healthy, and stop them. Returns the seconds until then."""
        with ExitStack() as stack:
            for component in COMPONENTS:
                log = stack.enter_context((self.folder / f"{component}.log").open("w"))
                its = subprocess.Popen(
                    self.airflow(component), env=self.env(), stdout=log, stderr=log, start_new_session=True
                )
                stack.callback(end, its)
            return until(self.healthy, "the rival's health")

    def measure(self) -> float:
        (self.folder / "port").write_text(str(free_port()))
        total = 0.0
        for name, command in self.commands().items():
            seconds = timed(command, self.env())
            print(f"  rival: {name:<16} {seconds:6.2f} s", flush=True)
            total += seconds
        seconds = self.start()
        print(f"  rival: {'start to healthy':<16} {seconds:6.2f} s", flush=True)
        return total + seconds


def end(process: "subprocess.Popen[bytes]") -> None:
    """End the process group: Airflow's components leave child processes behind."""
    for signal_ in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, signal_)
            process.wait(timeout=10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def rival(folder: Path) -> float:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    constraints = CHECKOUT / f"mlopsctl/constraints/constraints-{AIRFLOW_VERSION}-{version}.txt"
    folder.mkdir()
    with postgres(folder) as database:
        return Rival(folder, database, constraints).measure()


def ours(folder: Path) -> tuple[float, float, float]:
    """Seconds of `setup`, of `setup` again (median of 3), of `status` (median of 5)."""
    env = environment(UV_CACHE_DIR=str(folder / "uv-cache"))
    folder.mkdir()
    mlopsctl = [MLOPSCTL, "--home", folder / "home"]
    setup = [*mlopsctl, "setup", "--dags", CHECKOUT / "dags", "--yes"]
    try:
        first = timed(setup, env)
        again = statistics.median(timed(setup, env) for _ in range(3))
        status = statistics.median(timed([*mlopsctl, "status"], env) for _ in range(5))
    finally:
        remove = [str(word) for word in [*mlopsctl, "uninstall", "--purge", "--yes"]]
        subprocess.run(remove, env=env, stderr=subprocess.DEVNULL, check=False)
    return first, again, status


@contextmanager
def scratch(folder: Path | None) -> Iterator[Callable[[str], Path]]:
    """Paths in a temporary folder that every account can read."""
    root = Path(tempfile.mkdtemp(prefix="mlopsctl-bench-", dir=folder))
    root.chmod(0o755)
    try:
        yield lambda name: root / name
    finally:
        shutil.rmtree(root)


@contextmanager
def busy(number: int) -> Iterator[None]:
    """Processes that use a core each."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(number)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()


def compare(given: argparse.Namespace) -> tuple[list[float], list[tuple[float, float, float]]]:
    """The rival's seconds and ours, a pair per round; they alternate in going first. `--only` leaves one side empty."""
    theirs: list[float] = []
    mine: list[tuple[float, float, float]] = []
    for number in range(given.rounds):
        sides = ("rival", "ours") if number % 2 == 0 else ("ours", "rival")
        for side in sides if not given.only else (given.only,):
            with scratch(given.folder) as inside:
                if side == "rival":
                    theirs.append(rival(inside("rival")))
                    print(f"  rival: {theirs[-1]:.2f} s; load {results.load():.1f}", flush=True)
                else:
                    mine.append(ours(inside("ours")))
                    print(f"  ours: {mine[-1][0]:.2f} s; load {results.load():.1f}", flush=True)
    return theirs, mine


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["ours", "rival"])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--busy", type=int, default=0, metavar="N", help="beside N processes that use a core each")
    parser.add_argument("--folder", type=Path, help="where to install both, on the same disk")
    parser.add_argument("--results", type=Path, metavar="FILE", help="append the result to this file")
    given = parser.parse_args()
    good, load = True, results.load()
    with busy(given.busy):
        theirs, mine = compare(given)
    if theirs and mine:
        pairs = [(first, rival) for (first, _, _), rival in zip(mine, theirs, strict=True)]
        good &= results.record("setup busy wall" if given.busy else "setup wall", pairs, load, given.results)
    if mine and not given.busy:
        again, status = (statistics.median(figures[i] for figures in mine) for i in (1, 2))
        good &= verdict("setup again", again, 2.0, 1, "the limit")
        good &= verdict("status", status, 0.5, 1, "the limit")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
