"""What a backfill stands: mlopsctl killed at random moments, and each service killed while it goes on.

    python -m tests.bench.faults [kills|services] [--times 30] [--seed 1] [--folder DIR | --home DIR]

`kills`: so many backfills of 60 days, Airflow's engine and ours in turn; each is killed (SIGKILL) at a random moment
and said again. `services`: all services are killed in turn during one backfill of 300 days, for each engine. A journal
that the tasks write then tells whether each date ran, and after the kills: exactly once. A home that is given keeps
what it has, but for the runs of the two DAGs.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.paths import SERVICES, Home
from tests.bench.backfill import BareApi
from tests.bench.measure import CHECKOUT, MLOPSCTL, environment, timed, until
from tests.bench.setup import scratch

DAGS = ("journal_daily", "journal_by_hand")
FIRST, DAYS, MORE_DAYS = date(2024, 1, 1), 60, 300  # more, so that it lasts until the last service has been killed


class Faults:
    def __init__(self, home: Home, chance: random.Random) -> None:
        self.home, self.chance = home, chance
        for dag in DAGS:
            until(lambda d=dag: self._known(d), dag, pause=1)  # type: ignore[misc]
            BareApi(home).call("PATCH", f"/api/v2/dags/{dag}", {"is_paused": False})

    def _known(self, dag: str) -> bool:
        return any(d["dag_id"] == dag for d in BareApi(self.home).call("GET", "/api/v2/dags?limit=100")["dags"])

    def start(self, dag: str, days: int = DAYS) -> "subprocess.Popen[str]":
        last = FIRST + timedelta(days=days - 1)
        words = ["backfill", dag, "--from", FIRST, "--to", last, "--yes", "--json"]
        command = [str(w) for w in (MLOPSCTL, "--home", self.home.root, *words)]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, env=environment(), stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True
        )

    def forget(self, dag: str) -> None:
        BareApi(self.home).forget(dag)
        self.journal(dag).unlink(missing_ok=True)

    def journal(self, dag: str) -> Path:
        return self.home.root / f"{dag}.journal"

    def audit(self, dag: str, days: int, *, once: bool) -> list[str]:
        """What is wrong with the journal. `once`: each date was to run exactly once. Else a task may have run to its
        end and have been tried again, where the service that was to hear of it had been killed."""
        by_day: dict[str, list[tuple[str, float]]] = defaultdict(list)
        journal = self.journal(dag)
        for line in journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []:
            day, word, at = line.split()
            by_day[day].append((word, float(at)))
        wanted = {str(FIRST + timedelta(days=n)) for n in range(days)}
        wrong = [f"{day} never ran" for day in sorted(wanted - by_day.keys())]
        wrong += [f"{day} was not asked for" for day in sorted(by_day.keys() - wanted)]
        for day, lines in sorted(by_day.items()):
            words = [word for word, _ in sorted(lines, key=lambda line: line[1])]
            if once and words != ["began", "ended"]:
                wrong.append(f"{day} did not run exactly once: {' '.join(words)}")
            if "ended" not in words:
                wrong.append(f"{day} never ended: {' '.join(words)}")
        return wrong

    def end(self, dag: str, process: "subprocess.Popen[str]", days: int = DAYS, *, once: bool) -> list[str]:
        """Wait for a backfill; what is wrong with what it says, and with what was done."""
        out, err = process.communicate(timeout=900)
        try:
            answer = json.loads(out)
        except ValueError:
            return [f"exit {process.returncode}, and no answer: {err[-500:]}"]
        counts = answer["data"]["counts"]
        wrong = (
            [] if process.returncode == 0 and counts["success"] == days else [f"exit {process.returncode}: {counts}"]
        )
        return wrong + [error["message"] for error in answer["errors"]] + self.audit(dag, days, once=once)

    def kill(self, dag: str) -> list[str]:
        """One backfill, killed once, and said again."""
        process = self.start(dag)
        moment = self.chance.uniform(0.2, 12)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return self.end(dag, self.start(dag), once=True)

    def services(self, dag: str) -> list[str]:
        """One backfill, and every service killed while it goes on."""
        process = self.start(dag, MORE_DAYS)
        for name in SERVICES:
            time.sleep(4)
            if process.poll() is not None:
                return [f"it ended before {name} could be killed"]
            pid = Supervisor(self.home).states()[name].pid
            if pid is None:
                return [f"{name} does not run"]
            os.kill(pid, signal.SIGKILL)
            print(f"  killed {name} ({pid})", flush=True)
        return self.end(dag, process, MORE_DAYS, once=False)


def report(name: str, wrong: Sequence[str], seconds: float) -> bool:
    more = [f"and {len(wrong) - 9} more"] if len(wrong) > 9 else []
    print(f"{name}: {'; '.join([*wrong[:9], *more]) or 'green'}  {seconds:.1f} s", flush=True)
    return not wrong


def measure(home: Home, given: argparse.Namespace) -> bool:
    faults, good = Faults(home, random.Random(given.seed)), True
    rounds = [("kills", n) for n in range(given.times)] + [("services", n) for n in range(2)]
    for part, n in rounds:
        if given.parts and part not in given.parts:
            continue
        dag = DAGS[n % 2]
        faults.forget(dag)
        began = time.perf_counter()
        wrong = faults.kill(dag) if part == "kills" else faults.services(dag)
        good &= report(f"{part} {n + 1}, {dag}", wrong, time.perf_counter() - began)
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="kills, services; default: both")
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--folder", type=Path, help="where the home is made")
    place.add_argument("--home", type=Path, help="a home that runs, with the DAGs of tests/bench/dags")
    given = parser.parse_args()
    if given.home:
        return 0 if measure(Home(given.home), given) else 1
    with scratch(given.folder) as inside:
        mlopsctl = [sys.executable, "-m", "mlopsctl", "--home", inside("home")]
        try:
            timed([*mlopsctl, "setup", "--no-seed", "--dags", CHECKOUT / "tests/bench/dags", "--yes"], environment())
            return 0 if measure(Home(inside("home")), given) else 1
        finally:
            timed([*mlopsctl, "uninstall", "--purge", "--yes"], environment())


if __name__ == "__main__":
    sys.exit(main())
