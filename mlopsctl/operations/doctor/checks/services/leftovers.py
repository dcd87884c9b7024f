"""Processes of this home that supervisord no longer controls."""

from collections.abc import Iterator
from typing import Any

from mlopsctl.adapters.supervisor.processes import wait_until_ended
from mlopsctl.core.text import plural
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import DoctorContext

DEPTH = 5  # how deep processes may be nested
SHOWN = 5
END_TIMEOUT = 10.0  # seconds until processes that were killed must be gone


def check_leftovers(context: DoctorContext) -> Iterator[Finding]:
    supervisor = context.platform.supervisor
    if not supervisor.running():
        left, dead = list(context.processes), "supervisord"
    else:
        first = {process.pid for process in supervisor.orphans()}
        # asked twice, to leave out processes that are just ending
        left, dead = [p for p in (supervisor.orphans() if first else ()) if p.pid in first], "parent process"
    if left:
        names = "; ".join(map(_name, left[:SHOWN]))
        verb = "is" if len(left) == 1 else "are"
        message = f"{_count(len(left))} {verb} still running whose {dead} has died: {names}."
        yield Finding(message, key=dead)


def _count(number: int) -> str:
    return plural(number, "process", "processes")


def _name(process: Any) -> str:
    """`sleep (81), started by task load of DAG sales`: Airflow names the task in the environment of what it starts."""
    import psutil

    try:
        name = f"{process.name()} ({process.pid})"
        variables = process.environ()
    except psutil.AccessDenied:  # a process that a task has forked is as unreadable as the task's own
        return name
    except psutil.Error:
        return f"ended ({process.pid})"
    task, dag = (variables.get(f"AIRFLOW_CTX_{word}_ID") for word in ("TASK", "DAG"))
    return f"{name}, started by task {task} of DAG {dag}" if task and dag else name


def end_leftovers(context: DoctorContext, _finding: Finding) -> Iterator[str]:
    import psutil

    supervisor = context.platform.supervisor
    if not supervisor.running():
        yield "ending processes"
        yield f"ended {_count(supervisor.end_leftovers())}"
        return
    ended = 0
    for _ in range(DEPTH):  # when one ends, the processes that it started become orphans
        orphans = supervisor.orphans()
        for process in orphans:
            yield f"ending process {process.pid}"
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        ended += len(orphans) - len(wait_until_ended(orphans, END_TIMEOUT))
    yield f"ended {_count(ended)}"


CHECKS = (
    Check(
        "leftovers", Group.SERVICES, "Leftover processes keep ports and files open, and may run tasks a second time.",
        check_leftovers, end_leftovers,
    ),
)  # fmt: skip
