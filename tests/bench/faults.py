"""Backfills under faults: mlopsctl killed at random moments, and each service killed during a backfill.

    python -m tests.bench.faults [kills|services] [--times 30] [--seed 1] [--folder DIR | --home DIR]

`kills`: this many backfills of 60 days, with the native and the per-run engine in turn; each is killed (SIGKILL) at a
random moment and run again. `services`: all services are killed in turn during one backfill of 300 days, for each
engine. The tasks write a journal, which shows whether each date ran, and after the kills, exactly once. A given home
keeps its data except the runs of the two DAGs.
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
        """What is wrong with the journal. `once`: each date has to run exactly once; else a task may have been retried
        after its end, if the service that was to record it had been killed."""
        by_day: dict[str, list[tuple[str, float]]] = defaultdict(list)
        journal = self.journal(dag)
        for line in journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []:
            day, word, at = line.split()
            by_day[day].append((word, float(at)))
        wanted = {str(FIRST + timedelta(days=n)) for n in range(days)}
        wrong = [f"{day} never ran" for day in sorted(wanted - by_day.keys())]
        wrong += [f"{day} was not requested" for day in sorted(by_day.keys() - wanted)]
        for day, lines in sorted(by_day.items()):
            words = [word for word, _ in sorted(lines, key=lambda line: line[1])]
            if once and words != ["began", "ended"]:
                wrong.append(f"{day} did not run exactly once: {' '.join(words)}")
            if "ended" not in words:
                wrong.append(f"{day} never ended: {' '.join(words)}")
        return wrong

    def end(self, dag: str, process: "subprocess.Popen[str]", days: int = DAYS, *, once: bool) -> list[str]:
        """Wait for a backfill; what is wrong with its answer and with its journal."""
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
        """One backfill, killed once and run again."""
        process = self.start(dag)
        moment = self.chance.uniform(0.2, 12)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return self.end(dag, self.start(dag), once=True)

    def services(self, dag: str) -> list[str]:
        """One backfill, and every service killed during it."""
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
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--folder", type=Path, help="where to create the home")
    target.add_argument("--home", type=Path, help="a running home with the DAGs of tests/bench/dags")
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
