"""mlopsctl status, start, stop, restart, logs."""

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from mlopsctl.cli._common import completion
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import TaskLog
from mlopsctl.core.paths import SERVICES
from mlopsctl.core.result import Message, Result
from mlopsctl.core.states import ServiceAction, Status

if TYPE_CHECKING:
    from mlopsctl.operations.logs import TaskTry
    from mlopsctl.operations.services.status import StatusReport

LINES = 50  # of a service's log, by default


now_option = click.option("--now", is_flag=True, help="Do not wait for the tasks of the worker: kill it with them.")


def _run(app: App, action: ServiceAction, services: tuple[str, ...], dry_run: bool, now: bool = False) -> int:
    from mlopsctl.operations.services import lifecycle as operation

    names = operation.select_services(app.platform, services)
    with app.lock(dry_run):
        plan, stops = operation.plan(app.platform, action, names, now), action != ServiceAction.START
        view = partial(_show_missed_runs, app) if {"api-server", "scheduler"} <= set(names) and not stops else None
        return app.show(plan, lambda: operation.run(app.platform, action, names, now), view=view, dry_run=dry_run)


def _show_missed_runs(app: App, out: Output) -> None:
    """Those of DAGs with catchup: after a long stop, they are many."""
    from mlopsctl.operations.dags import scheduled_runs

    try:
        for runs in scheduled_runs.overdue(app.target):
            out.message(runs.missed_message)
    except MlopsctlError as e:
        out.message(Message.warning(f"could not check for missed runs: {e.message}"))


@click.command()
@click.argument("services", nargs=-1, shell_complete=completion.services)
@dry_run_option
@json_option
@pass_app
def start(app: App, services: tuple[str, ...], dry_run: bool) -> int:
    """Start all services, or only SERVICES, and wait until they are ready."""
    return _run(app, ServiceAction.START, services, dry_run)


@click.command()
@click.argument("services", nargs=-1, shell_complete=completion.services)
@now_option
@dry_run_option
@json_option
@pass_app
def stop(app: App, services: tuple[str, ...], now: bool, dry_run: bool) -> int:
    """Stop all services, or only SERVICES. Stopping all also ends orphaned processes."""
    return _run(app, ServiceAction.STOP, services, dry_run, now)


@click.command()
@click.argument("services", nargs=-1, shell_complete=completion.services)
@now_option
@dry_run_option
@json_option
@pass_app
def restart(app: App, services: tuple[str, ...], now: bool, dry_run: bool) -> int:
    """Restart all services, or only SERVICES."""
    return _run(app, ServiceAction.RESTART, services, dry_run, now)


@click.command()
@click.option(
    "--watch", is_flag=True, help="Keep updating, with running tasks, the last failures and active backfills."
)
@json_option
@pass_app
def status(app: App, watch: bool) -> int:
    """Show services, health, versions, addresses, import errors and the last runs."""
    from mlopsctl.operations.preload import update as preload
    from mlopsctl.operations.services import status as operation

    if watch and app.out.json:
        raise UsageError("--watch and --json cannot be combined.", hint=Hint.of("status", "--json"))
    if watch:
        from mlopsctl.cli.services import live_status

        return live_status.watch(app)
    if app.context:
        report = operation.read_remote(app.api, app.context.url, app.context.airflow_version)
    else:
        report = operation.read(app.platform)
    missing = [] if app.context else preload.missing_at_a_glance(app.platform)
    result = Result(
        operation.data(report) | {"not_preloaded": missing},
        Status.OK if report.healthy else Status.PARTIAL,
        (_preload_message(app, missing),) if missing else (),
        report.errors,
    )
    return app.render(result, lambda out: _show_status(out, report))


def _preload_message(app: App, missing: list[str]) -> Message:
    hint = Hint.of("restart", *app.platform.airflow.preloading)
    return Message(f"a restart would preload {', '.join(missing)}, which DAG files import", hint=hint)


def _show_status(out: Output, report: "StatusReport") -> None:
    from mlopsctl.core.text import duration

    if report.home:
        out.text(f"home     {report.home}")
    if report.head:
        out.text(f"head     {report.head.address}  {'answers' if report.head.answers else 'no answer'}")
    out.text(f"airflow  {report.airflow_version}{'' if report.head else f'  {report.api_url}'}\n")
    if report.services:
        out.table(
            ("SERVICE", "STATE", "PID", "UP", "PORT", "HEALTH"),
            [
                (s.name, s.state, s.pid, duration(s.seconds_up) if s.pid else "", s.port, report.health_of(s.name))
                for s in report.services
            ],
        )
    else:
        out.table(("COMPONENT", "HEALTH"), [(name, health) for name, health in report.components.items()])
    if report.workers:
        from mlopsctl.cli.worker.table import show_short

        out.text("")
        show_short(out, report.workers)
    if report.components and not report.error:
        out.text(f"\nDAGs {report.dags}, import errors {report.import_errors}")
    if report.last_runs:
        out.text("")
        out.table(("LAST RUNS", "DATE", "STATE"), [(r.dag_id, r.day, r.state) for r in report.last_runs])


@click.command()
@click.argument(
    "what", nargs=-1, required=True, metavar="SERVICE | DAG TASK", shell_complete=completion.services_and_dags
)
@click.option("-f", "--follow", is_flag=True, help="Keep showing new lines, of a task until it has ended.")
@click.option(
    "-n", "--lines", type=click.IntRange(0), metavar="N",
    help=f"Show the last N lines [default: {LINES} for a service, all for a task].",
)  # fmt: skip
@click.option("--date", metavar="DATE", help="Show the run of this date [default: the last run].")
@click.option("--try", "try_number", metavar="N", type=click.IntRange(1), help="Show this try [default: the last try].")
@pass_app
def logs(
    app: App, what: tuple[str, ...], follow: bool, lines: int | None, date: str | None, try_number: int | None
) -> None:
    """Show the log of a SERVICE, or of a TASK of a DAG."""
    if len(what) > 2:
        raise UsageError("logs needs a service, or a DAG and a task.", hint=Hint.of("logs", "scheduler"))
    if len(what) == 1 and (date or try_number):
        raise UsageError(
            "--date and --try only apply to the log of a task.", hint=Hint.of("logs", "DAG", "TASK", "--date", "D")
        )
    if len(what) == 1:
        _show_service_log(app, what[0], follow, LINES if lines is None else lines)
        return
    app.need_head("logs", *what)
    from mlopsctl.operations import logs as task_logs

    found = task_logs.find(app.api, what[0], what[1], date, try_number, app.settings.has_workers)
    log = _follow_task_log(app, found, lines) if follow else found.log(app.api)
    if not follow:
        app.out.text(_last_lines(log.text, lines))
    from mlopsctl.operations.task_errors import explain

    if explanation := explain(app.api, log):
        app.out.message(Message(log.error, hint=explanation.hint))


def _last_lines(text: str, number: int | None) -> str:
    return text if number is None else "\n".join(text.splitlines()[-number:] if number else [])


def _follow_task_log(app: App, found: "TaskTry", number: int | None) -> TaskLog:
    """Show its lines as they are written. The log as it is at the end."""
    from mlopsctl.operations import logs as task_logs

    log, shown = TaskLog(""), 0
    for log in task_logs.follow(found, app.api):
        lines = log.text.splitlines()
        new = "\n".join(lines[shown:])
        if text := new if shown else _last_lines(new, number):
            app.out.text(text)
        shown = len(lines)
    return log


def _show_service_log(app: App, service: str, follow: bool, lines: int) -> None:
    from mlopsctl.adapters import process
    from mlopsctl.operations.services import lifecycle

    if service not in SERVICES:
        raise MlopsctlError(
            f"there is no service {service!r}. For the log of a DAG, name one of its tasks.",
            hint=Hint.of("logs", service, "TASK", note=f"or a service: {', '.join(SERVICES)}"),
            code="no-service",
        )
    lifecycle.select_services(app.platform, [service])
    path = app.home.log_of(service)
    if not path.exists():
        raise MlopsctlError(
            f"{service} has no log, because it was never started.", hint=Hint.of("start", service), code="no-log"
        )
    tail = process.find_program("tail", "/usr/bin") or "tail"
    number = str(min(lines, sys.maxsize))  # tail refuses larger ones
    process.exec_program([tail, "-n", number, *(["-F"] if follow else []), str(path)], process.clean_env())
