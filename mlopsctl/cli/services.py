"""mlopsctl status, start, stop, restart, logs."""

from typing import Any

import click

from mlopsctl.cli.app import App
from mlopsctl.cli.options import json_option, option, pass_app


def _run(app: App, stages: Any) -> int:
    from mlopsctl.operations import stages as runner

    return app.show(runner.plan(stages), lambda: runner.run(stages))


@click.command()
@click.argument("services", nargs=-1)
@json_option
@pass_app
def start(app: App, services: tuple[str, ...]) -> int:
    """Start all SERVICES, or those named; databases first, each waited for."""
    from mlopsctl.operations import services as operation

    names = operation.choose(app.platform, services)
    with app.lock():
        operation.prepare(app.platform)
        return _run(app, operation.start_stages(app.platform, names))


@click.command()
@click.argument("services", nargs=-1)
@json_option
@pass_app
def stop(app: App, services: tuple[str, ...]) -> int:
    """Stop all SERVICES, or those named; leaves no process behind."""
    from mlopsctl.operations import services as operation

    names = operation.choose(app.platform, services)
    with app.lock():
        return _run(app, operation.stop_stages(app.platform, names))


@click.command()
@click.argument("services", nargs=-1)
@json_option
@pass_app
def restart(app: App, services: tuple[str, ...]) -> int:
    """Stop and start all SERVICES, or those named."""
    from mlopsctl.operations import services as operation
    from mlopsctl.operations import stages

    names = operation.choose(app.platform, services)
    with app.lock():
        for step in stages.run(operation.stop_stages(app.platform, names)):
            if step.error:
                raise step.error
        operation.prepare(app.platform)
        return _run(app, operation.start_stages(app.platform, names))


@click.command()
@json_option
@pass_app
def status(app: App) -> int:
    """Show services, health, versions, addresses, import errors and the last runs."""
    from mlopsctl.cli.output import duration
    from mlopsctl.operations import status as operation

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
    if report.components:
        app.out.text(f"\nDAGs {report.dags}, import errors {report.import_errors}")
    if report.last_runs:
        app.out.text("")
        app.out.table(("LAST RUNS", "DATE", "STATE"), [(r.dag_id, r.day, r.state) for r in report.last_runs])
    app.out.envelope("status", "ok" if report.healthy else "partial", data)
    return 0 if report.healthy else 1


@click.command()
@click.argument("what", nargs=-1, required=True, metavar="SERVICE | DAG TASK")
@option("-f", "--follow", is_flag=True, help="Go on showing what comes.")
@option("-n", "--lines", default=50, show_default=True, help="How many lines from the end.")
@option("--date", help="The run of that date; default: the last run.")
@option("--try", "try_number", type=click.IntRange(1), help="The try; default: the last one.")
@pass_app
def logs(app: App, what: tuple[str, ...], follow: bool, lines: int, date: str | None, try_number: int | None) -> None:
    """Show the log of a SERVICE, or of a TASK of a DAG."""
    from mlopsctl.errors import UsageError

    if len(what) == 1:
        _service_log(app, what[0], follow, lines)
    elif len(what) == 2:
        from mlopsctl.operations import logs as task_logs

        app.out.text(task_logs.read(app.api, what[0], what[1], date, try_number))
    else:
        raise UsageError("logs takes a service, or a DAG and a task.", hint="mlopsctl logs scheduler")


def _service_log(app: App, service: str, follow: bool, lines: int) -> None:
    from mlopsctl.adapters import process
    from mlopsctl.operations import services

    services.choose(app.platform, [service])
    path = app.home.log_of(service)
    path.touch()
    tail = process.find("tail", "/usr/bin") or "tail"
    process.become([tail, "-n", str(lines), *(["-F"] if follow else []), str(path)], process.clean_env())
