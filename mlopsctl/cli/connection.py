"""mlopsctl connection list|set|delete|import|export."""

from typing import Any, TextIO

import click

from mlopsctl.cli._common import import_export
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, option, pass_app, yes_option
from mlopsctl.core.errors import UsageError
from mlopsctl.operations.entries.import_export import Form


@click.group()
def connection() -> None:
    """Show, set, delete, import and export Airflow connections."""


@connection.command("list")
@json_option
@pass_app
def list_(app: App) -> None:
    """Show all connections; what is secret in them is ***."""
    import json

    from mlopsctl.operations.entries import connections, masking

    rows = [connections.data(c) for c in app.api.connections()]
    shown = [masking.masked(row) for row in rows]
    app.out.table(
        ("CONNECTION", "TYPE", "PASSWORD", "ADDRESS"),
        [(r["name"], r["type"], r["password"] or "", connections.address(r)) for r in shown],
    )
    if app.out.verbose:
        for row in shown:
            app.out.text(f"{row['name']}: {json.dumps(row['extra'], ensure_ascii=False)}  {row['description']}")
    app.out.envelope("connection list", "ok", {"connections": shown})


def _extra(_ctx: click.Context, _param: click.Parameter, value: str | None) -> dict[str, Any] | None:
    """`@FILE`, or JSON as it is, in which there may be no secret: others read the command lines of this machine."""
    from mlopsctl.operations.entries import import_export as files
    from mlopsctl.operations.entries import masking

    if value is None:
        return None
    by_file = value.startswith("@")
    words = import_export.read(value[1:]) if by_file else value
    extra = files.parse(words, "json", value[1:] if by_file else "--extra")
    if not by_file and masking.holds(extra):
        raise UsageError(
            "a secret on the command line is read by others on this machine, and kept by the shell.",
            hint="write the JSON into a file, and give --extra @FILE (@- is stdin)",
            code="secret-shown",
        )
    return extra


@connection.command("set")
@click.argument("name")
@option(
    "--type",
    "conn_type",
    envvar="MLOPSCTL_CONNECTION_SET_TYPE",
    help="mysql, postgres, http, ssh … A new one needs it.",
)
@option("--host", help="Name or address, without an account.")
@option("--port", type=click.IntRange(1, 65535), help="Number of the port.")
@option("--login", help="The account.")
@option("--schema", help="The database, or what the type takes it for.")
@option("--description", help="What it is for.")
@option("--extra", callback=_extra, metavar="JSON|@FILE", help="More, as a JSON object; what is secret by @FILE.")
@option("--password-file", type=click.File(), help="The password's file (- is stdin); else you are asked.")
@dry_run_option
@json_option
@pass_app
def set_(app: App, /, name: str, password_file: TextIO | None, dry_run: bool, **given: Any) -> int:
    """Make or change the connection NAME. Fields that are not given stay; the password comes by prompt or by file."""
    from mlopsctl.operations.entries import bulk_edit, connections

    fields = {key: value for key, value in given.items() if value is not None}
    _check_host(fields.get("host", ""))
    known = bulk_edit.by_name(app.api.connections())
    bulk_edit.check_free("connection", name, known)
    app.out.wait_notice.close()  # a person may be asked
    if password := "" if dry_run else _password(password_file, old=name in known):
        fields["password"] = password
    plan = connections.plan_set(name, fields, known)
    return app.show(plan, lambda: connections.set_(app.api, plan, fields, known), dry_run=dry_run)


def _check_host(host: str) -> None:
    from mlopsctl.operations.entries import masking

    if masking.holds(host):
        raise UsageError(
            "--host holds a password, which others on this machine can read.",
            hint="give the account with --login, its password with --password-file FILE",
            code="secret-shown",
        )


def _password(file: TextIO | None, *, old: bool) -> str:
    from mlopsctl.cli._common import secret_input

    if file:
        return secret_input.from_file(file, "password")
    return secret_input.ask(f"Password (empty: {'as it is' if old else 'none'})")


@connection.command()
@click.argument("names", nargs=-1, required=True)
@dry_run_option
@yes_option
@json_option
@pass_app
def delete(app: App, names: tuple[str, ...], dry_run: bool, yes: bool) -> int:
    """Delete connections by NAME."""
    from mlopsctl.operations.entries import bulk_edit

    plan = bulk_edit.plan_deletion("connection", names, bulk_edit.by_name(app.api.connections()))
    return app.show(plan, lambda: bulk_edit.delete(plan, app.api.delete_connections), dry_run=dry_run, yes=yes)


@connection.command("import")
@click.argument("file")
@import_export.form_option("CONNECTION_IMPORT")
@import_export.overwrite_option
@dry_run_option
@json_option
@pass_app
def import_(app: App, file: str, form: Form | None, overwrite: bool, dry_run: bool) -> int:
    """Make the connections of FILE. JSON or YAML, as Airflow's own import reads it; - is stdin. What exists stays."""
    from mlopsctl.operations.entries import bulk_edit, connections
    from mlopsctl.operations.entries import import_export as files

    listed = files.parse(import_export.read(file), files.form_of(file, form), import_export.called(file))
    known = bulk_edit.by_name(app.api.connections())
    with app.out.busy("reading the file; Airflow itself reads URIs"):
        found, notes = connections.guard(connections.found(app.platform, listed), known)
    plan = bulk_edit.plan_import(found, known, overwrite=overwrite, notes=notes)
    put = app.api.set_connections
    return app.show(plan, lambda: bulk_edit.carry_out(plan, found, known, put), dry_run=dry_run)


@connection.command()
@click.argument("file", default="-")
@import_export.form_option("CONNECTION_EXPORT")
@import_export.with_secrets_option
@yes_option
@json_option
@pass_app
def export(app: App, file: str, form: Form | None, with_secrets: bool, yes: bool) -> None:
    """Write all connections to FILE. Default: stdout. What is written, `import` reads, and Airflow's own import too."""
    from mlopsctl.adapters.airflow.rest.v2 import records
    from mlopsctl.operations.entries import connections
    from mlopsctl.operations.entries import import_export as files

    form = files.form_of(file, form)
    import_export.check_target(file)
    listed = (
        [records.connection(raw) for raw in import_export.whole(app, "connections")]
        if with_secrets
        else app.api.connections()
    )
    entries, left_out = connections.export(listed, secrets=with_secrets)
    import_export.write(app, file, files.render(entries, form), left_out, yes=yes)
    import_export.finish(app, entries, left_out, file, "connection")
