"""mlopsctl variable list|set|delete|import|export."""

from typing import TextIO

import click

from mlopsctl.cli._common import import_export
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, option, pass_app, yes_option
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.operations.entries.import_export import Form


@click.group()
def variable() -> None:
    """Show, set, delete, import and export Airflow variables."""


@variable.command("list")
@json_option
@pass_app
def list_(app: App) -> None:
    """Show all variables; the values of those that are secret by their name are ***."""
    from mlopsctl.operations.entries import variables

    rows = [variables.data(v) for v in app.api.variables()]
    app.out.table(("VARIABLE", "VALUE"), [(r["name"], " ".join(r["value"].split())) for r in rows])
    app.out.envelope("variable list", "ok", {"variables": rows})


@variable.command("set")
@click.argument("name")
@click.argument("value", required=False)
@option("--description", help="What it is for.")
@option("--value-file", type=click.File(), help="The value's file (- is stdin).")
@dry_run_option
@json_option
@pass_app
def set_(
    app: App, name: str, value: str | None, description: str | None, value_file: TextIO | None, dry_run: bool
) -> int:
    """Set the variable NAME to VALUE; to a secret by prompt or by file."""
    from mlopsctl.core.model import Variable
    from mlopsctl.operations.entries import bulk_edit, variables

    given = _value(name, value, value_file)
    known = bulk_edit.by_name(app.api.variables())
    if description is None:
        description = known[name].description if name in known else ""
    wanted = Variable(name, given, description)
    plan = variables.plan_set(wanted, known)
    return app.show(plan, lambda: variables.set_(app.api, plan, wanted), dry_run=dry_run)


def _value(name: str, value: str | None, file: TextIO | None) -> str:
    """As an argument only where it is no secret: others read the command lines of this machine."""
    from mlopsctl.cli._common import secret_input
    from mlopsctl.operations.entries import masking

    if value is not None and file:
        raise UsageError("VALUE and --value-file are two values.", hint="leave one of them out")
    if value is not None and masking.holds(value, name):
        raise UsageError(
            f"the value of {name} is a secret: on the command line others read it, and the shell keeps it.",
            hint=Hint.of("variable", "set", name, note="asks for it; or --value-file FILE"),
            code="secret-shown",
        )
    if value is None:
        value = secret_input.from_file(file, "value") if file else secret_input.ask(f"Value of {name}")
        if not value:
            raise MlopsctlError(
                "there is no terminal to ask for the value on, or nothing was said.",
                hint=Hint.of("variable", "set", name, "--value-file", "FILE"),
                code="no-value",
            )
    return value


@variable.command()
@click.argument("names", nargs=-1, required=True)
@dry_run_option
@yes_option
@json_option
@pass_app
def delete(app: App, names: tuple[str, ...], dry_run: bool, yes: bool) -> int:
    """Delete variables by NAME."""
    from mlopsctl.operations.entries import bulk_edit

    plan = bulk_edit.plan_deletion("variable", names, bulk_edit.by_name(app.api.variables()))
    return app.show(plan, lambda: bulk_edit.delete(plan, app.api.delete_variables), dry_run=dry_run, yes=yes)


@variable.command("import")
@click.argument("file")
@import_export.form_option("VARIABLE_IMPORT")
@import_export.overwrite_option
@dry_run_option
@json_option
@pass_app
def import_(app: App, file: str, form: Form | None, overwrite: bool, dry_run: bool) -> int:
    """Make the variables of FILE. JSON or YAML, as Airflow's own import reads it; - is stdin. What exists stays."""
    from mlopsctl.operations.entries import bulk_edit, variables
    from mlopsctl.operations.entries import import_export as files

    found = variables.found(
        files.parse(import_export.read(file), files.form_of(file, form), import_export.called(file))
    )
    known = bulk_edit.by_name(app.api.variables())
    plan = bulk_edit.plan_import(found, known, overwrite=overwrite)
    run = bulk_edit.carry_out(plan, found, known, lambda wanted: app.api.set_variables(wanted.values()))
    return app.show(plan, lambda: run, dry_run=dry_run)


@variable.command()
@click.argument("file", default="-")
@import_export.form_option("VARIABLE_EXPORT")
@import_export.with_secrets_option
@yes_option
@json_option
@pass_app
def export(app: App, file: str, form: Form | None, with_secrets: bool, yes: bool) -> None:
    """Write all variables to FILE. Default: stdout. What is written, `import` reads, and Airflow's own import too."""
    from mlopsctl.adapters.airflow.rest.v2 import records
    from mlopsctl.operations.entries import import_export as files
    from mlopsctl.operations.entries import variables

    form = files.form_of(file, form)
    import_export.check_target(file)
    listed = (
        [records.variable(raw) for raw in import_export.whole(app, "variables")]
        if with_secrets
        else app.api.variables()
    )
    entries, left_out = variables.export(listed, secrets=with_secrets)
    import_export.write(app, file, files.render(entries, form), left_out, yes=yes)
    import_export.finish(app, entries, left_out, file, "variable")
