"""mlopsctl setup."""

from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, option, pass_app, yes_option
from mlopsctl.core import dates
from mlopsctl.core import settings as settings_file
from mlopsctl.core.errors import UsageError
from mlopsctl.core.settings import Settings

if TYPE_CHECKING:
    from mlopsctl.operations.setup.request import Request


@click.command(short_help="Take a bare machine to a healthy, seeded platform.")
@option("--airflow-version", help="The Airflow release to install.")
@option("--python", help="The Python for Airflow: a path, or X.Y. Default: the one mlopsctl runs on.")
@option("--constraints", help="auto, official, bundled, a file or a URL.")
@option("--offline", is_flag=True, help="No network but what uv has in its cache.")
@option("--metadata-db", metavar="URL", help="A PostgreSQL that exists, for Airflow's metadata.")
@option("--feature-store", metavar="URL", help="A MariaDB that exists, for the feature store.")
@option("--dags", multiple=True, type=click.Path(path_type=Path), help="A folder of DAG packages to link.")
@option("--requirements", type=click.Path(path_type=Path), help="What DAGs need; default: requirements.txt in --dags.")
@option("--timezone", help="Time zone of the home, such as Asia/Seoul.")
@option("--admin-user", help="Name of the first Airflow user.")
@option("--admin-password-file", type=click.File(), help="Its password (- is stdin); default: made at random.")
@option("--api-host", help="Address that Airflow's web page listens on.")
@option("--api-port", type=click.IntRange(1, 65535), help="Its port; a busy one is replaced by the next free one.")
@option("--executor", type=click.Choice(["local"]), expose_value=False, help="How tasks are run: on this machine.")
@option("--seed-from", metavar="DATE", help="First day of the exam data.")
@option("--seed-to", metavar="DATE", help="Last day of the exam data.")
@option("--seed-scale", type=int, help="Size of the exam data, in multiples of the course's.")
@option("--no-seed", is_flag=True, help="No exam data.")
@option("--alert-email", metavar="ADDR,…", help="Who gets a mail when a DAG fails; '' for nobody.")
@option("--alert-smtp", metavar="URL", help="The mail server: smtp[s]://USER@HOST:PORT.")
@option("--alert-smtp-password-file", type=click.File(), help="The password of USER there (- is stdin).")
@option("--alert-webhook", metavar="URL|@FILE", help="What is posted to when a DAG fails; '' for nothing.")
@option("--no-start", is_flag=True, help="Do not start Airflow.")
@dry_run_option
@yes_option
@json_option
@pass_app
def setup(app: App, /, dry_run: bool, yes: bool, **given: Any) -> int:
    """Take a bare machine to a healthy, seeded platform. Said again, it finishes what is left and changes nothing."""
    from mlopsctl.core.steps import Plan
    from mlopsctl.operations import setup as operation
    from mlopsctl.operations.setup.system_check import Check

    request, asked = _request(app, given)
    if not dry_run and not app.home.config.exists():
        Check(request, asked).look()  # before the lock, so that a refusal leaves nothing behind
    first = not app.home.secret("initialised").exists()
    with app.lock(dry_run):
        plan = operation.plan(request, asked) if dry_run else Plan(())
        data = partial(_data, request)
        code = app.show(plan, lambda: operation.run(request, asked), data=data, dry_run=dry_run, yes=yes)
    if not dry_run and not code:
        _farewell(app, request, first)
    return code


def _data(request: "Request", steps: list[dict[str, Any]]) -> dict[str, Any]:
    """As the contract has it."""
    platform, record = request.platform, request.platform.venv.record()
    return {
        "steps": steps,
        "home": str(platform.home.root),
        "api_url": platform.settings.api_url,
        "admin_user": platform.settings.admin_user,
        "airflow_version": platform.settings.airflow_version,
        "constraints": record.constraints if record else platform.settings.constraints,
    }


def _farewell(app: App, request: "Request", first: bool) -> None:
    settings = request.platform.settings
    secret = app.home.secret("admin-password")
    if first and not request.admin_password:
        where = f"{secret.read_text(encoding='utf-8').strip()}  (shown this once; kept in {secret})"
    else:
        where = f"in {secret}"
    app.out.say("")
    app.out.text(
        f"Airflow {settings.airflow_version} is ready at {settings.api_url}\nuser      {settings.admin_user}\n"
        f"password  {where}"
        if request.start
        else f"Airflow {settings.airflow_version} is set up; start it: {app.call('start')}"
    )


def _request(app: App, given: dict[str, Any]) -> "tuple[Request, Settings]":
    """The request, with settings as they will be, and the settings as asked (before busy ports)."""
    from mlopsctl.cli._common import secret_input
    from mlopsctl.cli.setup import alerts as setup_alerts
    from mlopsctl.operations.services.ports import choose_ports
    from mlopsctl.operations.setup.databases import check_feature_store_url, check_metadata_url
    from mlopsctl.operations.setup.request import Request

    metadata_url, feature_store_url = (_url(given[name], name) for name in ("metadata_db", "feature_store"))
    if metadata_url:
        check_metadata_url(metadata_url)
    if feature_store_url:
        check_feature_store_url(feature_store_url)
    alerts, secrets = setup_alerts.read(given, app.settings, app.home)
    asked = app.settings.changed(
        **_settings(given, app.settings.timezone) | alerts,
        external_metadata_db=bool(metadata_url) or None,
        external_feature_store=bool(feature_store_url) or None,
    )
    settings = choose_ports(asked, app.platform_with(asked).supervisor.listens_on)
    platform = app.platform_with(settings, metadata_url, feature_store_url)
    file = given["admin_password_file"]
    password = secret_input.from_file(file, "password") if file else ""
    request = Request(platform, given["offline"], not given["no_start"], password, secrets)
    request.requirement_files()  # which raises where there is none
    return request, asked


def _settings(given: dict[str, Any], timezone: str) -> dict[str, Any]:
    """The options that are settings; None where not given. Raises UsageError for a zone or a date that is none."""
    named = {name: value for name, value in given.items() if name in {field.name for field in fields(Settings)}}
    for name in ("admin_user", "timezone"):
        if named[name] is not None:
            named[name] = settings_file.parse(name, named[name])
    named["dags"] = tuple(str(p.expanduser().absolute()) for p in given["dags"]) or None
    if given["requirements"]:
        named["requirements"] = str(given["requirements"].expanduser().absolute())
    today = dates.today_in(named["timezone"] or timezone)
    for name, last in (("seed_from", False), ("seed_to", True)):
        if given[name]:
            named[name] = dates.parse_day(given[name], today=today, last=last).isoformat()
    wants = any(given[name] is not None for name in ("seed_from", "seed_to", "seed_scale"))
    # Who names a range wants it, --no-seed before or not.
    named["seed"] = False if given["no_seed"] else True if wants else None
    return named


def _url(url: str | None, name: str) -> str:
    """A database's URL. One with a password may come by variable only: an option can be read by every user."""
    import os
    from urllib.parse import urlsplit

    variable = f"MLOPSCTL_SETUP_{name.upper()}"
    try:
        password = urlsplit(url or "").password
    except ValueError as e:
        raise UsageError(
            f"{variable.removeprefix('MLOPSCTL_SETUP_').lower()}: the URL cannot be read: {e}.",
            hint="scheme://user:password@host:port/database",
        ) from e
    if url and password and os.environ.get(variable) != url:
        option_name = "--" + name.replace("_", "-")
        raise UsageError(
            f"{option_name} holds a password, which every user of this machine could read there.",
            hint=f"put the URL into the variable {variable} instead",
        )
    return url or ""
