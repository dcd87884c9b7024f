"""`mlopsctl status --watch`: a screen that one leaves open. In a log, a line whenever something has changed."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mlopsctl.cli._common.app import App
from mlopsctl.cli.backfill import render_list
from mlopsctl.core.text import duration
from mlopsctl.operations.services import live_status as operation
from mlopsctl.operations.services.live_status import Activity

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mlopsctl.core.model import ActiveTask

PAUSE = 2.0  # seconds between two looks
WHOLE = {"running", "healthy"}


def watch(app: App) -> int:
    """Until Ctrl-C; that is how one leaves it, and no failure worth a word."""
    try:
        _live(app) if app.out.live else _lines(app)
    except KeyboardInterrupt:
        return 130
    return 0


def _moments(app: App) -> Iterator[Activity]:
    while True:
        yield operation.read(app.platform)
        time.sleep(PAUSE)


def _lines(app: App) -> None:
    said = ""
    for moment in _moments(app):
        if (words := summary(moment)) != said:
            app.out.text(f"{datetime.now():%H:%M:%S}  {words}")
            said = words


def _live(app: App) -> None:
    from rich.live import Live

    with Live(console=app.out.talk, auto_refresh=False, screen=True) as live:
        for moment in _moments(app):
            live.update(picture(moment, datetime.now(UTC)), refresh=True)


def summary(moment: Activity) -> str:
    """One line: `healthy; runs 16 running, 3 queued; tasks 12 running, 20 waiting; backfill 4 ✓12 ▶16 …3`."""
    parts = [_health(moment)]
    if moment.runs:
        parts.append(_numbers("runs", moment.runs))
        parts.append(_numbers("tasks", moment.tasks))
    parts += [f"backfill {b.id} {render_list.runs(b)}" for b in moment.backfills]
    if moment.failed:
        last = moment.failed[0]
        parts.append(f"last failure {_name(last)} of {last.day}")
    return "; ".join([*parts, moment.trouble] if moment.trouble else parts)


def picture(moment: Activity, now: datetime) -> "RenderableType":
    """The whole screen, for 80 × 24: services in two columns, then what moves."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    report = moment.report
    head = Table.grid(expand=True)
    head.add_column()
    head.add_column(justify="right")
    head.add_row(Text(f"{report.api_url}  Airflow {report.airflow_version}", "bold"), f"{now.astimezone():%H:%M:%S}")
    services = Table.grid(padding=(0, 2))
    for service in report.services:
        words = f"{service.state} {report.health_of(service.name)}".strip()
        style = "green" if set(words.split()) <= WHOLE else "red"
        services.add_row(service.name, Text(words, style), duration(service.seconds_up) if service.pid else "")
    parts: list[RenderableType] = [head, services, ""]
    if moment.trouble:
        parts.append(Text(moment.trouble, "yellow"))
    if moment.runs:
        errors = Text(f"  {report.import_errors} import errors", "red") if report.import_errors else Text("")
        parts.append(Text(f"{_numbers('runs', moment.runs)}   {_numbers('tasks', moment.tasks)}") + errors)
    for backfill in moment.backfills:
        parts.append(f"backfill {backfill.id} of {backfill.dag_id}  {render_list.runs(backfill)}")
    parts += _tasks("RUNNING", moment.running, now) + _tasks("FAILED", moment.failed, now)
    parts.append(Text("Ctrl-C leaves", "dim"))
    return Group(*parts)


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
        table.add_row(_name(task), task.day, duration(max((now - since).total_seconds(), 0)) if since else "")
    return [table]


def _name(task: "ActiveTask") -> str:
    return f"{task.dag_id} {task.task_id}"


def _numbers(noun: str, numbers: dict[str, int]) -> str:
    return f"{noun} " + ", ".join(f"{number} {state}" for state, number in numbers.items())


def _health(moment: Activity) -> str:
    report = moment.report
    ill = [s.name for s in report.services if not {s.state, report.health_of(s.name)} <= WHOLE | {""}]
    return "healthy" if report.healthy else f"not healthy: {', '.join(ill) or 'no answer'}"
