"""mlopsctl variable list|set|delete|import|export."""

from typing import TextIO

import click

from mlopsctl.cli._common import import_export
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app, yes_option
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Result
from mlopsctl.operations.entries.file_format import FileFormat


@click.group()
def variable() -> None:
    """Manage Airflow variables."""


@variable.command("list")
@json_option
@pass_app
def list_(app: App) -> int:
    """List variables, with secrets masked."""
    from mlopsctl.operations.entries import variables

    rows = [variables.data(v) for v in app.api.variables()]
    table = [(row["name"], " ".join(row["value"].split())) for row in rows]
    return app.render(Result({"variables": rows}), lambda out: out.table(("VARIABLE", "VALUE"), table))


@variable.command("set")
@click.argument("name")
@click.argument("value", required=False)
@click.option("--description", help="Set the description.")
@click.option("--value-file", type=click.File(), help="Read the value from a file (- is stdin).")
@dry_run_option
@json_option
@pass_app
def set_(
    app: App, name: str, value: str | None, description: str | None, value_file: TextIO | None, dry_run: bool
) -> int:
    """Set variable NAME to VALUE.

    Secret values are accepted only at a prompt or from a file.
    """
    from mlopsctl.core.model import Variable
    from mlopsctl.operations.entries import bulk_edit, variables

    text = _value(name, value, value_file)
    known = bulk_edit.by_name(app.api.variables())
    if description is None:
        description = known[name].description if name in known else ""
    wanted = Variable(name, text, description)
    plan = variables.plan_set(wanted, known)
    return app.show(plan, lambda: variables.run_set(app.api, plan, wanted), dry_run=dry_run)


def _value(name: str, value: str | None, file: TextIO | None) -> str:
    """Secrets are accepted only from a prompt or a file, because every user can read the command line."""
    from mlopsctl.cli._common import secret_input
    from mlopsctl.operations.entries import masking

    if value is not None and file:
        raise UsageError("VALUE and --value-file exclude each other.", hint="leave out one of them")
    if value is not None and masking.contains_secret(value, name):
        raise UsageError(
            f"the value of {name} is a secret, which other users and the history of the shell would see.",
            hint=Hint.of("variable", "set", name, note="asks for it; or use --value-file FILE"),
            code="secret-shown",
        )
    if value is not None:
        return value
    text = secret_input.from_file(file, "value") if file else secret_input.prompt(f"Value of {name}")
    if not text:
        raise MlopsctlError(
            f"no value given for {name}.",
            hint=Hint.of("variable", "set", name, "--value-file", "FILE"),
            code="no-value",
        )
    return text


@variable.command()
@click.argument("names", nargs=-1, required=True)
@dry_run_option
@yes_option
@json_option
@pass_app
def delete(app: App, names: tuple[str, ...], dry_run: bool, yes: bool) -> int:
    """Delete variables."""
    from mlopsctl.operations.entries import bulk_edit

    plan = bulk_edit.plan_delete("variable", names, bulk_edit.by_name(app.api.variables()))
    return app.show(plan, lambda: bulk_edit.run_delete(plan, app.api.delete_variables), dry_run=dry_run, yes=yes)


@variable.command("import")
@click.argument("file")
@import_export.import_format_option
@import_export.overwrite_option
@dry_run_option
@json_option
@pass_app
def import_(app: App, file: str, given_format: FileFormat | None, overwrite: bool, dry_run: bool) -> int:
    """Create the variables in FILE.

    FILE is an export of Airflow (JSON, YAML or env), the airflow_settings.yaml of an Astro project, or an answer of
    Airflow's REST API; - is stdin. Existing variables are kept.
    """
    from mlopsctl.operations.entries import bulk_edit, variables

    content = import_export.read_entries(file, given_format, variables.NOUN)
    parsed = variables.parse(content.entries)
    known = bulk_edit.by_name(app.api.variables())
    plan = bulk_edit.plan_import(parsed, known, overwrite=overwrite, others=content.notes)
    run = bulk_edit.run_import(
        parsed, known, lambda wanted: app.api.set_variables(wanted.values()), overwrite=overwrite
    )
    return app.show(plan, lambda: run, dry_run=dry_run)


@variable.command()
@click.argument("file", default="-")
@import_export.format_option
@import_export.with_secrets_option
@yes_option
@json_option
@pass_app
def export(app: App, file: str, given_format: FileFormat | None, with_secrets: bool, yes: bool) -> int:
    """Write all variables to FILE, or to stdout.

    Both `variable import` and Airflow's own import can read it.
    """
    from mlopsctl.operations.entries import variables

    target = import_export.target_format(file, given_format)
    with app.out.busy("reading the variables"):
        # Airflow's API changes values that are JSON numbers: it shows 1.10 as 1.1. A context has nothing else.
        by_api = app.context and not with_secrets
        listed = app.api.variables() if by_api else variables.read_with_secrets(app.platform)
    entries, left_out = variables.export(listed, secrets=with_secrets)
    return import_export.save(app, file, target, entries, left_out, "variable", yes=yes)
