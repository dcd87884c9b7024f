"""Simulate many worker hosts at a real head, as far as this machine allows, to find what limits them first.

    python -m tests.bench.many_workers [--hosts 1000] [--tasks 1000] [--hold 20] [--interval 20]
                                       [--folder DIR | --home DIR] [--write]

Real: the scheduler, the API server, PostgreSQL, Redis and the API of the head for worker hosts. Simulated: the hosts,
by two processes (light_workers.py). One reports for each host every 3 seconds, on a connection of its own. The other
takes tasks from Redis, as many at once as there are, and does what the supervisor of a task does: it reports the start
with the token of the task, sends a heartbeat every --interval seconds, and reports the end after --hold seconds.

Not simulated: the tunnel with its TLS, Celery's connections (two per host and one per slot), logs of tasks, and what
tasks ask for. All run on one machine, so that the clients take CPU time from the head.
"""

import argparse
import sys
from dataclasses import dataclass

from tests.bench import results, simulation
from tests.bench.platform import add_options, platform
from tests.bench.simulation import SERVICES, Cpu, Head, Simulated, difference, result

QUIET = 15.0  # seconds in which hosts only report
MARGIN = 240.0  # seconds that all tasks may take besides --hold


@dataclass(frozen=True)
class Load:
    """`reports`: CPU while hosts only reported, for QUIET seconds. `answers`: of all reports, by their status."""

    hosts: int
    tasks: Simulated
    number: int
    reports: Cpu
    answers: dict[str, int]
    delays: list[float]
    load: float

    def table(self) -> str:
        busy = self.tasks.seconds
        shares = " / ".join(f"{1000 * delay:.0f}" for delay in self.delays)
        api = " / ".join(f"{1000 * delay:.0f}" for delay in self.tasks.delays)
        other = {status: number for status, number in self.answers.items() if status != "200"}
        rows = {
            f"{self.hosts:,} hosts that only report: cores of the API for worker hosts": (
                f"{self.reports['worker-api'] / QUIET:.2f}"
            ),
            "its answers, median / 99 % / longest": f"{shares} ms",
            "reports answered / refused": f"{self.answers.get('200', 0):,} / {sum(other.values()):,}",
            f"{self.number:,} tasks, from the first trigger to the end of the last run": f"{busy:.0f} s",
            "the most tasks that ran at once": f"{self.tasks.at_once:,}",
            "requests of tasks": ", ".join(f"{number:,} {name}" for name, number in sorted(self.tasks.counted.items())),
            "their answers, median / 99 % / longest": f"{api} ms",
            "connections of PostgreSQL": f"{self.tasks.connections}",
            "cores meanwhile": ", ".join(f"{name} {self.tasks.cpu[name] / busy:.2f}" for name in SERVICES),
            "CPU seconds per task": ", ".join(f"{name} {self.tasks.cpu[name] / self.number:.3f}" for name in SERVICES),
        }
        lines = ["| measured | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]
        return "\n".join([*lines, "", f"Measured with a load of {self.load:.1f} before."])


def measure(head: Head, hosts: int, tasks: int, hold: float, interval: float) -> Load:
    load = results.load()
    with head.hosts(hosts) as tokens:
        quiet = head.report(tokens, QUIET)
        before = head.cpu()
        quietly = result(quiet)
        reports = difference(head.cpu(), before)
        reporting = head.report(tokens, hold + MARGIN)
        try:
            done = head.simulate(tasks, hold, interval)
        finally:
            reporting.terminate()
            reporting.wait()
    return Load(hosts, done, tasks, reports, quietly["counted"], quietly["delays"], load)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--tasks", type=int, default=1000, help="a multiple of 100")
    parser.add_argument("--hold", type=float, default=20.0, metavar="SECONDS")
    parser.add_argument("--interval", type=float, default=20.0, metavar="SECONDS", help="between two heartbeats")
    parser.add_argument("--write", action="store_true", help="write the table into docs/scaling.md")
    add_options(parser, "a running home with workers; a pool, runs of a DAG and, meanwhile, hosts are added")
    given = parser.parse_args()
    with platform(given, simulation.SETUP) as home:
        head = Head(home)
        head.prepare()
        table = measure(head, given.hosts, given.tasks, given.hold, given.interval).table()
    print(table)
    if given.write:
        simulation.write("many_workers.py", table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
