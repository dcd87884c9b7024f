"""`mlopsctl status --watch`: a display that keeps updating. In a log, a line for each change."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mlopsctl.cli._common.app import App
from mlopsctl.cli.backfill import render_list
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock
from mlopsctl.core.states import Health, ServiceState
from mlopsctl.core.text import duration, plural
from mlopsctl.core.workers import WorkerState
from mlopsctl.operations.services import live_status as operation
from mlopsctl.operations.services.live_status import LiveStatus

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mlopsctl.core.model import ActiveTask, ServiceStatus

UPDATE_INTERVAL = 2.0  # seconds
SHOWN_WORKERS = 8
WORKER_COLORS = {WorkerState.READY: "green", WorkerState.DEAD: "red"}
HEALTHY = {ServiceState.RUNNING, Health.HEALTHY, ""}


def watch(app: App, clock: Clock = SYSTEM_CLOCK) -> int:
    """Until Ctrl-C, which is not reported as an interruption."""
    updates = _updates(app, clock)
    try:
        _show_live(app, updates) if app.out.live else _show_lines(app, updates)
    except KeyboardInterrupt:
        return 130
    return 0


def _updates(app: App, clock: Clock) -> Iterator[LiveStatus]:
    while True:
        yield operation.read(app.platform)
        clock.sleep(UPDATE_INTERVAL)


def _show_lines(app: App, updates: Iterator[LiveStatus]) -> None:
    shown = ""
    for status in updates:
        if (line := summary(status)) != shown:
            app.out.text(f"{datetime.now():%H:%M:%S}  {line}")
            shown = line


def _show_live(app: App, updates: Iterator[LiveStatus]) -> None:
    from rich.live import Live

    with Live(console=app.out.talk, auto_refresh=False, screen=True) as live:
        for status in updates:
            live.update(draw(status, datetime.now(UTC)), refresh=True)


def summary(status: LiveStatus) -> str:
    """One line: `healthy; runs 16 running, 3 queued; tasks 12 running, 20 waiting; backfill 4 ✓12 ▶16 …3`."""
    parts = [_health(status)]
    if status.report.workers:
        alive = [worker for worker in status.report.workers if worker.state is not WorkerState.DEAD]
        busy, slots = sum(worker.busy for worker in alive), sum(worker.slots for worker in alive)
        parts.append(f"{plural(len(alive), 'worker')}, {busy}/{slots} slots busy")
    if status.runs:
        parts.append(_counts("runs", status.runs))
        parts.append(_counts("tasks", status.tasks))
    parts += [f"backfill {b.id} {render_list.runs(b)}" for b in status.backfills]
    if status.failed:
        last = status.failed[0]
        parts.append(f"last failure {_task_name(last)} of {last.day}")
    return "; ".join([*parts, status.problem] if status.problem else parts)


def draw(status: LiveStatus, now: datetime) -> "RenderableType":
    """The complete display, for 80 × 24."""
    from rich.console import Group
    from rich.text import Text

    report = status.report
    parts: list[RenderableType] = [_heading(status, now), _services(status), *_workers(status, now), ""]
    parts += [Text(error.message, "red") for error in status.report.errors]
    if status.problem:
        parts.append(Text(status.problem, "yellow"))
    if status.runs:
        errors = Text(f"  {report.import_errors} import errors", "red") if report.import_errors else Text("")
        parts.append(Text(f"{_counts('runs', status.runs)}   {_counts('tasks', status.tasks)}") + errors)
    for backfill in status.backfills:
        parts.append(f"backfill {backfill.id} of {backfill.dag_id}  {render_list.runs(backfill)}")
    parts += _tasks("RUNNING", status.running, now) + _tasks("FAILED", status.failed, now)
    parts.append(Text("Ctrl-C quits", "dim"))
    return Group(*parts)


def _heading(status: LiveStatus, now: datetime) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    heading = Table.grid(expand=True)
    heading.add_column()
    heading.add_column(justify="right")
    report = status.report
    address = f"worker of {report.head.address}" if report.head else report.api_url
    heading.add_row(Text(f"{address}  Airflow {report.airflow_version}", "bold"), f"{now.astimezone():%H:%M:%S}")
    return heading


def _services(status: LiveStatus) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for service in status.report.services:
        state = Text(
            f"{service.state} {status.report.health_of(service.name)}".strip(),
            "green" if _is_healthy(status, service) else "red",
        )
        table.add_row(service.name, state, duration(service.seconds_up) if service.pid else "")
    return table


def _workers(status: LiveStatus, now: datetime) -> "list[RenderableType]":
    from rich.table import Table
    from rich.text import Text

    if not status.report.workers:
        return []
    table = Table.grid(padding=(0, 2))
    for worker in status.report.workers[:SHOWN_WORKERS]:
        state = Text(worker.state, WORKER_COLORS.get(worker.state, "yellow"))
        up = duration(now.timestamp() - worker.since) if worker.since else ""
        table.add_row(worker.host, state, f"{worker.busy}/{worker.slots}", ",".join(worker.queues), up)
    more = len(status.report.workers) - SHOWN_WORKERS
    return ["", table, *([f"and {plural(more, 'worker')} more"] if more > 0 else [])]


def _tasks(title: str, tasks: "list[ActiveTask]", now: datetime) -> "list[RenderableType]":
    from rich.table import Table

    if not tasks:
        return []
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    table.add_column(title, ratio=1, no_wrap=True)
    table.add_column("DATE")
    table.add_column("FOR" if title == "RUNNING" else "AGO", justify="right")
    for task in tasks:
        since = task.start if title == "RUNNING" else task.end
        table.add_row(_task_name(task), task.day, duration(max((now - since).total_seconds(), 0)) if since else "")
    return [table]


def _task_name(task: "ActiveTask") -> str:
    return f"{task.dag_id} {task.task_id}"


def _counts(noun: str, counts: dict[str, int]) -> str:
    return f"{noun} " + ", ".join(f"{number} {state}" for state, number in counts.items())


def _is_healthy(status: LiveStatus, service: "ServiceStatus") -> bool:
    return {service.state, status.report.health_of(service.name)} <= HEALTHY


def _health(status: LiveStatus) -> str:
    if status.report.healthy:
        return "healthy"
    unhealthy = [s.name for s in status.report.services if not _is_healthy(status, s)]
    unhealthy += [worker.host for worker in status.report.workers if worker.state is WorkerState.DEAD]
    return f"not healthy: {', '.join(unhealthy) or 'no answer'}"
