"""What a task costs on a platform with workers: CPU seconds of each service per task, and per heartbeat.

    python -m tests.bench.capacity [--tasks 300] [--seconds 60] [--folder DIR | --home DIR] [--write]

Tasks that do nothing run on the worker of the platform. Then as many are held by light clients (light_workers.py),
which only send what a worker sends: their heartbeats, every 5 seconds for --seconds. From the cost of heartbeats, what
the idle platform takes in that time is subtracted. --home: a running home that was set up with simulation.SETUP.
--write: put the table into docs/scaling.md.
"""

import argparse
import sys
import time
from dataclasses import dataclass

from tests.bench import results, simulation
from tests.bench.platform import add_options, platform
from tests.bench.simulation import REAL, RUN, SERVICES, Cpu, Head, difference

INTERVAL = 5.0  # [workers] min_heartbeat_interval
IDLE = 15.0  # seconds for which the idle platform is watched


@dataclass(frozen=True)
class Coefficients:
    """CPU seconds: of an idle platform per second, per task, and per heartbeat. `connections`: the most processes of
    PostgreSQL at once. `at_once`: the most tasks at once."""

    idle: Cpu
    task: Cpu
    heartbeat: Cpu
    heartbeats: int
    connections: int
    at_once: int
    seconds: float
    load: float

    def table(self) -> str:
        head = "| CPU seconds | " + " | ".join(SERVICES[:-1]) + " | together |"
        rows = [
            ("idle, per second", self.idle),
            ("per task, with the idle time", self.task),
            ("per heartbeat", self.heartbeat),
        ]
        lines = [head, "|---|" + "--:|" * len(SERVICES)]
        for name, found in rows:
            values = [found[service] for service in SERVICES[:-1]]
            lines.append(f"| {name} | " + " | ".join(f"{value:.4f}" for value in [*values, sum(values)]) + " |")
        measured = f"Measured with a load of {self.load:.1f} before; {self.heartbeats:,} heartbeats"
        more = f"with {self.at_once} tasks at once, PostgreSQL had {self.connections} connections"
        return "\n".join([*lines, "", f"{measured}; {more}. Tasks that do nothing: {self.seconds:.2f} s each."])


def measure(head: Head, tasks: int, seconds: float) -> Coefficients:
    load, runs = results.load(), tasks // RUN
    head.wait(REAL, head.trigger(REAL, 1))  # the first answers of an API server cost more
    before = head.cpu()
    time.sleep(IDLE)
    idle = _times(difference(head.cpu(), before), 1 / IDLE)
    before, began = head.cpu(), time.monotonic()
    head.wait(REAL, head.trigger(REAL, runs))
    took = time.monotonic() - began
    task = _times(difference(head.cpu(), before), 1 / (runs * RUN))
    short, held = head.simulate(runs * RUN, 0.0, INTERVAL), head.simulate(runs * RUN, seconds, INTERVAL)
    extra = difference(held.cpu, short.cpu, _times(idle, held.seconds - short.seconds))
    beats = held.counted.get("heartbeat 204", 0)
    each = took / (runs * RUN)
    return Coefficients(idle, task, _times(extra, 1 / max(1, beats)), beats, held.connections, held.at_once, each, load)


def _times(cpu: Cpu, factor: float) -> Cpu:
    return {name: value * factor for name, value in cpu.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=300, help=f"a multiple of {RUN}")
    parser.add_argument("--seconds", type=float, default=60.0, help="for which each task is held")
    parser.add_argument("--write", action="store_true", help="write the table into docs/scaling.md")
    add_options(parser, "a running home with workers; a pool and runs of two DAGs are added")
    given = parser.parse_args()
    with platform(given, simulation.SETUP) as home:
        head = Head(home)
        head.prepare()
        table = measure(head, given.tasks, given.seconds).table()
    print(table)
    if given.write:
        simulation.write("capacity.py", table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
