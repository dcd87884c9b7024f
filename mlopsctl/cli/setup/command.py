"""mlopsctl setup."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.database_url import database_url
from mlopsctl.cli._common.options import collect_options, dry_run_option, json_option, pass_app, yes_option
from mlopsctl.cli._common.output import Output
from mlopsctl.cli.setup.options import SetupOptions, changed_settings
from mlopsctl.core.settings import CELERY, LOCAL

if TYPE_CHECKING:
    from mlopsctl.operations.setup.request import SetupRequest


@click.command()
@click.option("--airflow-version", metavar="VERSION", help="Airflow release to install, from 2.7 on [default: 3.3.2].")
@click.option(
    "--python", metavar="PATH|X.Y", help="Python for Airflow [default: the one that runs mlopsctl, if it fits]."
)
@click.option("--constraints", metavar="SOURCE", help="Constraint file: auto, official, bundled, a file or a URL.")
@click.option("--offline", is_flag=True, help="Install from uv's cache only; never use the network.")
@click.option("--metadata-db", metavar="URL", help="Use an existing PostgreSQL database for Airflow's metadata.")
@click.option("--feature-store", metavar="URL", help="Use an existing MariaDB database as the feature store.")
@click.option(
    "--dags", metavar="DIR", multiple=True, type=click.Path(path_type=Path), help="Link the DAG packages in DIR."
)
@click.option(
    "--requirements", metavar="FILE", type=click.Path(path_type=Path),
    help="Packages that DAGs need [default: requirements.txt in each --dags].",
)  # fmt: skip
@click.option("--timezone", metavar="TZ", help="Time zone of the platform, such as Asia/Seoul.")
@click.option("--admin-user", metavar="NAME", help="Name of the first Airflow user.")
@click.option(
    "--admin-password-file", metavar="FILE", type=click.File(),
    help="Read the password of the first user from FILE; - is stdin [default: a random one].",
)  # fmt: skip
@click.option("--api-host", metavar="ADDRESS", help="Address on which Airflow's web server listens.")
@click.option(
    "--api-port", metavar="PORT", type=click.IntRange(1, 65535),
    help="Port of Airflow's web server. If it is in use, the next free one is used.",
)  # fmt: skip
@click.option(
    "--executor",
    type=click.Choice([LOCAL, CELERY]),
    help="Where tasks run: in the scheduler of this machine, or on workers, also of other machines.",
)
@click.option("--listen", metavar="ADDRESS[:PORT]", help="With celery: where other machines can join; '' for nowhere.")
@click.option(
    "--worker-slots", metavar="N", type=click.IntRange(0, 1024), help="With celery: tasks at once on this machine."
)
@click.option(
    "--storage", metavar="URL",
    help="Where tasks share files: file:///PATH on all hosts, or s3://[CONNECTION@]BUCKET[/PREFIX]; '' for the home.",
)  # fmt: skip
@click.option("--preload", metavar="MODULE,…", help="Modules imported once for all tasks: auto, off or names.")
@click.option("--seed-from", metavar="DATE", help="First day of the exam data.")
@click.option("--seed-to", metavar="DATE", help="Last day of the exam data.")
@click.option("--seed-scale", metavar="N", type=int, help="Size of the exam data, in multiples of 1,640 customers.")
@click.option("--no-seed", is_flag=True, help="Do not generate exam data.")
@click.option("--alert-email", metavar="ADDRESS,…", help="Send mail when a DAG fails; '' switches it off.")
@click.option("--alert-smtp", metavar="URL", help="Mail server: smtp[s]://USER@HOST:PORT.")
@click.option(
    "--alert-smtp-password-file", metavar="FILE", type=click.File(),
    help="Read the password of USER from FILE; - is stdin.",
)  # fmt: skip
@click.option("--alert-webhook", metavar="URL|@FILE", help="Post to a URL when a DAG fails; '' switches it off.")
@click.option("--no-start", is_flag=True, help="Do not start Airflow.")
@dry_run_option
@yes_option
@json_option
@pass_app
@collect_options(SetupOptions)
def setup(app: App, options: SetupOptions, dry_run: bool, yes: bool) -> int:
    """Set up a complete platform on this machine: Airflow, its databases, exam data and all services.

    Safe to re-run: it picks up where it stopped, and changes only what is missing or differs from the options.
    """
    from mlopsctl.core.steps import Plan
    from mlopsctl.operations.setup import preflight
    from mlopsctl.operations.setup import steps as operation

    request = _request(app, options)
    if not dry_run and not app.home.config.exists():
        preflight.check(request)  # before the lock, which creates a folder in the home
    is_first = not app.home.secret("initialised").exists()
    with app.lock(dry_run):
        return app.show(
            operation.plan(request) if dry_run else Plan(()),
            lambda: operation.run(request),
            data=partial(_data, request),
            view=partial(_show_login, app, request, is_first),
            dry_run=dry_run,
            yes=yes,
        )


def _request(app: App, options: SetupOptions) -> "SetupRequest":
    from mlopsctl.adapters.postgres.external import check_listening
    from mlopsctl.cli._common import secret_input
    from mlopsctl.cli.setup.alerts import read_alerts
    from mlopsctl.operations.services.ports import choose_ports
    from mlopsctl.operations.setup.databases import check_feature_store_url, check_metadata_url
    from mlopsctl.operations.setup.request import SetupRequest

    metadata_url = database_url(options.metadata_db, "--metadata-db")
    feature_store_url = database_url(options.feature_store, "--feature-store")
    if metadata_url:
        check_metadata_url(metadata_url)
        check_listening(metadata_url)
    if feature_store_url:
        check_feature_store_url(feature_store_url)
    alerts, secrets = read_alerts(options, app.settings, app.home)
    wanted = app.settings.changed(
        **changed_settings(options, app.settings.timezone) | alerts,
        external_metadata_db=bool(metadata_url) or None,
        external_feature_store=bool(feature_store_url) or None,
    )
    settings = choose_ports(wanted, app.platform_with(wanted).supervisor.listens_on)
    platform = app.platform_with(settings, metadata_url, feature_store_url)
    file = options.admin_password_file
    password = secret_input.from_file(file, "password") if file else ""
    request = SetupRequest(platform, options.offline, not options.no_start, password, secrets, wanted)
    request.requirement_files()  # raises if a file does not exist
    return request


def _data(request: "SetupRequest", steps: list[dict[str, Any]]) -> dict[str, Any]:
    settings, record = request.platform.settings, request.platform.venv.record()
    return {
        "steps": steps,
        "home": str(request.platform.home.root),
        "api_url": settings.api_url,
        "admin_user": settings.admin_user,
        "airflow_version": settings.airflow_version,
        "constraints": record.constraints if record else settings.constraints,
    }


def _show_login(app: App, request: "SetupRequest", is_first: bool, out: Output) -> None:
    settings, secret = request.platform.settings, app.home.secret("admin-password")
    out.say("")
    if not request.start:
        out.text(f"Airflow {settings.airflow_version} is set up. To start it: {app.call('start')}")
        return
    password = f"in {secret}"
    if is_first and not request.admin_password:
        password = f"{secret.read_text(encoding='utf-8').strip()}  (shown only once, stored in {secret})"
    out.text(
        f"Airflow {settings.airflow_version} is ready at {settings.api_url}\n"
        f"user      {settings.admin_user}\npassword  {password}"
    )
