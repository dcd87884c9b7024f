"""mlopsctl status, start, stop, restart, logs."""

from typing import TYPE_CHECKING

import click

from mlopsctl.cli._common import completion
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, option, pass_app
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import SERVICES

if TYPE_CHECKING:
    from mlopsctl.operations.services.lifecycle import Verb


def _carry_out(app: App, verb: "Verb", services: tuple[str, ...], dry_run: bool) -> int:
    from mlopsctl.operations.services import lifecycle as operation

    names = operation.choose(app.platform, services)
    with app.lock(dry_run):
        plan = operation.plan(app.platform, verb, names)
        return app.show(plan, lambda: operation.run(app.platform, verb, names), dry_run=dry_run)


@click.command()
@click.argument("services", nargs=-1, shell_complete=completion.services)
@dry_run_option
@json_option
@pass_app
def start(app: App, services: tuple[str, ...], dry_run: bool) -> int:
    """Start all SERVICES, or those named; databases first, each waited for."""
    return _carry_out(app, "start", services, dry_run)


@click.command()
@click.argument("services", nargs=-1, shell_complete=completion.services)
@dry_run_option
@json_option
@pass_app
def stop(app: App, services: tuple[str, ...], dry_run: bool) -> int:
    """Stop all SERVICES, or those named; leaves no process behind."""
    return _carry_out(app, "stop", services, dry_run)


@click.command()
@click.argument("services", nargs=-1, shell_complete=completion.services)
@dry_run_option
@json_option
@pass_app
def restart(app: App, services: tuple[str, ...], dry_run: bool) -> int:
    """Stop and start all SERVICES, or those named."""
    return _carry_out(app, "restart", services, dry_run)


@click.command()
@option("--watch", is_flag=True, help="A screen that is kept up to date: what runs, what failed, the backfills.")
@json_option
@pass_app
def status(app: App, watch: bool) -> int:
    """Show services, health, versions, addresses, import errors and the last runs."""
    from mlopsctl.core.text import duration
    from mlopsctl.operations.services import status as operation

    if watch and app.out.json:
        raise UsageError("--watch never ends, and --json is one object.", hint=Hint.of("status", "--json"))
    if watch:
        from mlopsctl.cli.services import live_status

        return live_status.watch(app)
    report = operation.read(app.platform)
    data = operation.data(report)
    app.out.text(f"home     {app.home.root}\nairflow  {report.airflow_version}  {report.api_url}\n")
    app.out.table(
        ("SERVICE", "STATE", "PID", "UP", "PORT", "HEALTH"),
        [
            (s.name, s.state, s.pid, duration(s.seconds_up) if s.pid else "", s.port, report.health_of(s.name))
            for s in report.services
        ],
    )
    if report.components and not report.error:
        app.out.text(f"\nDAGs {report.dags}, import errors {report.import_errors}")
    if report.last_runs:
        app.out.text("")
        app.out.table(("LAST RUNS", "DATE", "STATE"), [(r.dag_id, r.day, r.state) for r in report.last_runs])
    errors = [report.error] if report.error else []
    for error in errors:
        app.out.fail(error)
    app.out.envelope("status", "ok" if report.healthy else "partial", data, errors)
    return 0 if report.healthy else 1


@click.command()
@click.argument(
    "what", nargs=-1, required=True, metavar="SERVICE | DAG TASK", shell_complete=completion.services_and_dags
)
@option("-f", "--follow", is_flag=True, help="Go on showing what comes.")
@option(
    "-n", "--lines", type=click.IntRange(0), help="How many lines from the end [default: 50; of a task's log, all]."
)
@option("--date", help="The run of that date; default: the last run.")
@option(
    "--try", "try_number", envvar="MLOPSCTL_LOGS_TRY", type=click.IntRange(1), help="The try; default: the last one."
)
@pass_app
def logs(
    app: App, what: tuple[str, ...], follow: bool, lines: int | None, date: str | None, try_number: int | None
) -> None:
    """Show the log of a SERVICE, or of a TASK of a DAG."""
    if len(what) == 1 and (date or try_number):
        raise UsageError(
            "--date and --try belong to the log of a task.", hint=Hint.of("logs", "DAG", "TASK", "--date", "D")
        )
    if len(what) == 2 and follow:
        raise UsageError("-f follows the log of a service only.", hint=Hint.of("logs", "scheduler", "-f"))
    if len(what) == 1:
        _service_log(app, what[0], follow, lines)
    elif len(what) == 2:
        from mlopsctl.operations import logs as task_logs

        text = task_logs.read(app.api, what[0], what[1], date, try_number)
        app.out.text(text if lines is None else "\n".join(text.splitlines()[-lines:] if lines else []))
    else:
        raise UsageError("logs takes a service, or a DAG and a task.", hint=Hint.of("logs", "scheduler"))


def _service_log(app: App, service: str, follow: bool, lines: int | None) -> None:
    from mlopsctl.adapters import process
    from mlopsctl.operations.services import lifecycle

    if service not in SERVICES:
        raise MlopsctlError(
            f"there is no service {service!r}; the log of a DAG is that of one of its tasks.",
            hint=Hint.of("logs", service, "TASK", note=f"or a service: {', '.join(SERVICES)}"),
            code="no-service",
        )
    lifecycle.choose(app.platform, [service])
    path = app.home.log_of(service)
    if not path.exists():
        raise MlopsctlError(
            f"{service} has no log yet: it was never started.", hint=Hint.of("start", service), code="no-log"
        )
    tail = process.find_program("tail", "/usr/bin") or "tail"
    process.exec_program(
        [tail, "-n", str(50 if lines is None else lines), *(["-F"] if follow else []), str(path)], process.clean_env()
    )
