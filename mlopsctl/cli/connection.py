"""mlopsctl connection list|set|delete|import|export."""

from collections.abc import Mapping
from functools import partial
from typing import Any, TextIO

import click

from mlopsctl.cli._common import import_export
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app, yes_option
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import UsageError
from mlopsctl.core.names import CONNECTION
from mlopsctl.core.result import Result
from mlopsctl.operations.entries.file_format import FileFormat


@click.group()
def connection() -> None:
    """Manage Airflow connections."""


@connection.command("list")
@json_option
@pass_app
def list_(app: App) -> int:
    """List connections, with secrets masked. With -v, show extras and descriptions too."""
    import json

    from mlopsctl.operations.entries import connections

    rows = [connections.data(c) for c in app.api.connections()]

    def view(out: Output) -> None:
        out.table(
            ("CONNECTION", "TYPE", "PASSWORD", "ADDRESS"),
            [(r["name"], r["type"], r["password"] or "", connections.address(r)) for r in rows],
        )
        for row in rows if out.verbose else ():
            out.text(f"{row['name']}: {json.dumps(row['extra'], ensure_ascii=False)}  {row['description']}")

    return app.render(Result({"connections": rows}), view)


def _extra(_ctx: click.Context, _param: click.Parameter, value: str | None) -> dict[str, Any] | None:
    """JSON, or `@FILE`. Secrets are accepted only from a file, because every user can read the command line."""
    from mlopsctl.operations.entries import file_format, masking

    if value is None:
        return None
    if value.startswith("@"):
        return import_export.parse(value[1:], FileFormat.JSON)
    extra = file_format.parse(value, FileFormat.JSON, "--extra")
    if masking.contains_secret(extra):
        raise UsageError(
            "--extra contains a secret, which other users and the history of the shell would see.",
            hint="write the JSON to a file and use --extra @FILE (@- is stdin)",
            code="secret-shown",
        )
    return extra


@connection.command("set")
@click.argument("name")
@click.option("--type", "conn_type", help="Set the type, such as mysql, postgres, http or ssh; required for a new one.")
@click.option("--host", help="Set the host name or address.")
@click.option("--port", type=click.IntRange(1, 65535), help="Set the port.")
@click.option("--login", help="Set the user name.")
@click.option("--schema", help="Set the database, or what the type uses this field for.")
@click.option("--description", help="Set the description.")
@click.option(
    "--extra", callback=_extra, metavar="JSON|@FILE", help="Set the extra, a JSON object; use @FILE for secrets."
)
@click.option(
    "--password-file", type=click.File(), help="Read the password from a file (- is stdin) instead of a prompt."
)
@dry_run_option
@json_option
@pass_app
def set_(app: App, /, name: str, password_file: TextIO | None, dry_run: bool, **given: Any) -> int:
    """Create or change connection NAME.

    Fields of an existing connection that are not given stay unchanged.
    """
    from mlopsctl.operations.entries import bulk_edit, connections

    fields = {key: value for key, value in given.items() if value is not None}
    _check_host(fields.get("host", ""))
    known = bulk_edit.by_name(app.api.connections())
    bulk_edit.check_can_set(CONNECTION, name, known)
    app.out.wait_notice.close()  # there may be a prompt now
    if password := "" if dry_run else _password(password_file, exists=name in known):
        fields["password"] = password
    plan = connections.plan_set(name, fields, known)
    return app.show(plan, lambda: connections.run_set(app.api, plan, fields, known), dry_run=dry_run)


def _check_host(host: str) -> None:
    from mlopsctl.operations.entries import masking

    if masking.contains_secret(host):
        raise UsageError(
            "--host contains a password, which other users could read.",
            hint="use --login for the user name and --password-file FILE for the password",
            code="secret-shown",
        )


def _password(file: TextIO | None, *, exists: bool) -> str:
    from mlopsctl.cli._common import secret_input

    if file:
        return secret_input.from_file(file, "password")
    return secret_input.prompt(f"Password (empty: {'unchanged' if exists else 'none'})")


@connection.command()
@click.argument("names", nargs=-1, required=True)
@dry_run_option
@yes_option
@json_option
@pass_app
def delete(app: App, names: tuple[str, ...], dry_run: bool, yes: bool) -> int:
    """Delete connections."""
    from mlopsctl.operations.entries import bulk_edit

    plan = bulk_edit.plan_delete("connection", names, bulk_edit.by_name(app.api.connections()))
    return app.show(plan, lambda: bulk_edit.run_delete(plan, app.api.delete_connections), dry_run=dry_run, yes=yes)


@connection.command("import")
@click.argument("file")
@import_export.import_format_option
@import_export.overwrite_option
@dry_run_option
@json_option
@pass_app
def import_(app: App, file: str, given_format: FileFormat | None, overwrite: bool, dry_run: bool) -> int:
    """Create the connections in FILE.

    FILE is an export of Airflow (JSON, YAML or env), the airflow_settings.yaml of an Astro project, or an answer of
    Airflow's REST API; - is stdin. Existing connections are kept.
    """
    from mlopsctl.operations.entries import bulk_edit, connections

    content = import_export.read_entries(file, given_format, connections.NOUN)
    known = bulk_edit.by_name(app.api.connections())
    with app.out.busy("parsing the connections"):
        parsed, notes = connections.keep_secret_extras(
            connections.parse(partial(_read_uris, app), content.entries), known
        )
    plan = bulk_edit.plan_import(parsed, known, overwrite=overwrite, notes=notes, others=content.notes)
    run = bulk_edit.run_import(parsed, known, app.api.set_connections, overwrite=overwrite)
    return app.show(plan, lambda: run, dry_run=dry_run)


def _read_uris(app: App, uris: Mapping[str, str]) -> dict[str, Any]:
    from mlopsctl.operations.entries import connections

    if app.context:
        raise connections.cannot_read_uris(uris)
    return connections.read_uris(app.platform, uris)


@connection.command()
@click.argument("file", default="-")
@import_export.format_option
@import_export.with_secrets_option
@yes_option
@json_option
@pass_app
def export(app: App, file: str, given_format: FileFormat | None, with_secrets: bool, yes: bool) -> int:
    """Write all connections to FILE, or to stdout.

    Both `connection import` and Airflow's own import can read it.
    """
    from mlopsctl.operations.entries import connections

    target = import_export.target_format(file, given_format)
    with app.out.busy("reading the connections"):
        listed = connections.read_with_secrets(app.platform) if with_secrets else app.api.connections()
    entries, left_out = connections.export(listed, secrets=with_secrets)
    return import_export.save(app, file, target, entries, left_out, "connection", yes=yes)
