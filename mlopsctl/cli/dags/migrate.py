"""mlopsctl dags migrate."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import dry_run_option, json_option, pass_app, yes_option
from mlopsctl.cli._common.output import Output
from mlopsctl.cli.dags.check import shown_path, text_line
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.text import plural

if TYPE_CHECKING:
    from mlopsctl.operations.dags.migrate.rewrite import Migration

COLORS = {"+": "green", "-": "red", "@": "cyan"}


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option("--backup", is_flag=True, help="Keep the old content of each file beside it, as FILE.orig.")
@dry_run_option
@yes_option
@json_option
@pass_app
def migrate(app: App, paths: tuple[Path, ...], backup: bool, dry_run: bool, yes: bool) -> int:
    """Rewrite Airflow 2 DAG files for Airflow 3.

    Afterwards they give the same results there. PATH is a file, or a folder as Airflow would read it. Shows the changes
    first, then asks. What cannot be rewritten without a decision of yours is listed. Safe to re-run.

    Files that git could not bring back are changed only with --backup.
    """
    from mlopsctl.operations.dags.migrate import plan as planning
    from mlopsctl.operations.dags.migrate import run as writing

    migrations = planning.read(paths)
    plan = planning.plan(migrations)
    if not app.out.json:
        _show_changes(app.out, migrations)
    if not dry_run and not backup:
        planning.check_committed(migrations)
    if plan.empty:
        app.out.say("nothing to rewrite")
    return app.show(
        plan,
        lambda: writing.run(migrations, backup=backup),
        data=lambda _: {"files": [_data(migration) for migration in migrations]},
        remaining=_remaining(migrations, paths),
        dry_run=dry_run,
        yes=yes,
    )


def _show_changes(out: Output, migrations: "Sequence[Migration]") -> None:
    for migration in migrations:
        for line in _diff(migration):
            out.styled(line, fg=COLORS.get(line[:1]), bold=line.startswith(("+++", "---")))
    for migration in migrations:
        for finding in migration.left:
            out.say(text_line(finding))


def _diff(migration: "Migration") -> Iterator[str]:
    """The lines of a unified diff, as `git apply` and `patch -p1` read it."""
    import difflib

    name = str(shown_path(migration.path)).lstrip("/")
    before, after = migration.before.splitlines(), migration.after.splitlines()
    yield from difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", lineterm="")


def _remaining(migrations: "Sequence[Migration]", paths: Sequence[Path]) -> tuple[MlopsctlError, ...]:
    count = sum(len(migration.left) for migration in migrations)
    if not count:
        return ()
    problems = plural(count, "problem")
    return (
        MlopsctlError(
            f"{problems} left that {'needs' if count == 1 else 'need'} a decision of yours.",
            hint=Hint.of("dags", "check", *paths, note="lists them; change the lines"),
            code="left",
        ),
    )


def _data(migration: "Migration") -> dict[str, Any]:
    return {
        "file": str(shown_path(migration.path)),
        "changed": migration.changed,
        "rules": list(migration.rules),
        "left": [{"line": left.line, "rule": left.rule, "message": left.message} for left in migration.left],
        "diff": "\n".join(_diff(migration)),
    }
