"""mlopsctl context add."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from mlopsctl.cli._common import secret_input
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import collect_options, dry_run_option, json_option, pass_app
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message

if TYPE_CHECKING:
    from mlopsctl.adapters.context_folder import ContextFiles


@dataclass(frozen=True)
class AddOptions:
    url: str
    username: str
    password_file: TextIO | None = field(repr=False)
    token_file: TextIO | None = field(repr=False)
    ca: Path | None
    feature_store_url_file: TextIO | None = field(repr=False)
    insecure: bool


@click.command()
@click.argument("name")
@click.option("--url", metavar="URL", required=True, help="Address of Airflow's web page.")
@click.option("--user", "username", metavar="NAME", default="", help="Log in with this account.")
@click.option(
    "--password-file", type=click.File(), help="Read the password from a file (- is stdin) instead of a prompt."
)
@click.option("--token-file", type=click.File(), help="Use a bearer token from a file (- is stdin) instead of --user.")
@click.option(
    "--ca", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Trust the certificates in this PEM file, besides those of the system.",
)  # fmt: skip
@click.option(
    "--feature-store-url-file", type=click.File(),
    help="Read the URL of the feature store, mysql://user:password@host:3306/mlops, from a file.",
)  # fmt: skip
@click.option(
    "--insecure", is_flag=True, help="Allow http:// to another machine: anyone on the way can read the login."
)
@click.option("--overwrite", is_flag=True, help="Replace a context of this name.")
@dry_run_option
@json_option
@pass_app
@collect_options(AddOptions)
def add(app: App, options: AddOptions, name: str, overwrite: bool, dry_run: bool) -> int:
    """Store how to reach an Airflow elsewhere, as context NAME.

    Checks its address, its certificate and the login first; if one of them fails, nothing is stored.
    """
    from mlopsctl.core import contexts
    from mlopsctl.operations.context import add as operation

    wanted = _read(name, options, ask=not dry_run)
    plan = operation.plan(wanted, overwrite=overwrite)

    def data(steps: list[dict[str, Any]]) -> dict[str, Any]:
        stored = None if dry_run else contexts.load(name)
        version = stored.airflow_version if stored else None
        return {"name": name, "url": wanted.context.url, "airflow_version": version, "steps": steps}

    def view(out: Output) -> None:
        once = Hint.of("--context", name, "dags", "list", note="for all commands:", other=("context", "use", name))
        out.message(Message(f"{name} is ready to use", hint=once))

    return app.show(plan, lambda: operation.run(wanted), data=data, view=view, dry_run=dry_run)


def _read(name: str, options: AddOptions, *, ask: bool) -> "ContextFiles":
    from mlopsctl.adapters.context_folder import ContextFiles
    from mlopsctl.core.contexts import Context, folder_of
    from mlopsctl.core.paths import Home
    from mlopsctl.core.states import Login
    from mlopsctl.operations.context import address

    url = address.parse(options.url, insecure=options.insecure)
    login = Login.JWT if options.username else Login.BEARER
    context = Context(name, url, Home(folder_of(name)), options.username, login, insecure=options.insecure)
    feature_store = options.feature_store_url_file
    return ContextFiles(
        context,
        _secret(options, ask=ask),
        _certificates(options.ca) if options.ca else "",
        secret_input.from_file(feature_store, "URL") if feature_store else "",
    )


def _secret(options: AddOptions, *, ask: bool) -> str:
    """The password, or the token. Raises UsageError, and MlopsctlError if there is no way to ask for it."""
    if bool(options.username) == bool(options.token_file):
        wrong = "exclude each other" if options.username else "are missing: one of them is needed"
        raise UsageError(f"--user and --token-file {wrong}.", hint="give --user NAME, or --token-file FILE")
    if options.token_file:
        return secret_input.from_file(options.token_file, "token").strip()
    if options.password_file:
        return secret_input.from_file(options.password_file, "password")
    password = secret_input.prompt(f"Password of {options.username}") if ask else ""
    if ask and not password:
        hint = Hint(note="use --password-file FILE (- is stdin)")
        raise MlopsctlError(f"no password given for {options.username}.", hint=hint, code="no-password")
    return password


def _certificates(file: Path) -> str:
    """The content of a PEM file. Raises UsageError if it holds no certificate."""
    import ssl

    try:
        text = file.read_text(encoding="utf-8")
        ssl.create_default_context(cadata=text)
    except (ValueError, ssl.SSLError) as e:
        raise UsageError(
            f"{file} holds no certificate in PEM format.", hint="it starts with -----BEGIN CERTIFICATE-----"
        ) from e
    return text
