"""mlopsctl dags check."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import json_option, pass_app
from mlopsctl.cli._common.output import Output
from mlopsctl.core.result import Message, Result
from mlopsctl.core.states import Severity, Status
from mlopsctl.core.text import plural

if TYPE_CHECKING:
    from mlopsctl.operations.dags.check.declared import Declared, Entries
    from mlopsctl.operations.dags.check.finding import Finding


existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option(
    "--format", "format_", type=click.Choice(("text", "json", "github")), default="text", show_default=True,
    help="Print text, one JSON object, or annotations for GitHub Actions.",
)  # fmt: skip
@click.option(
    "--requirements", metavar="FILE", type=existing_file,
    help="Check imports against this requirements file.",
)  # fmt: skip
@click.option(
    "--connections", metavar="FILE", type=existing_file,
    help="Check the names of connections against this export.",
)  # fmt: skip
@click.option(
    "--variables", metavar="FILE", type=existing_file,
    help="Check the names of variables against this export.",
)  # fmt: skip
@click.option(
    "--airflow-version", metavar="VERSION", default="3", show_default=True,
    help="Check for this release or series of Airflow, such as 2.11.",
)  # fmt: skip
@click.option(
    "--python", metavar="X.Y",
    help="Find syntax that this Python does not have [default: the version that runs mlopsctl].",
)  # fmt: skip
@json_option
@pass_app
def check(
    app: App, paths: tuple[Path, ...], format_: str,
    requirements: Path | None, connections: Path | None, variables: Path | None,
    airflow_version: str, python: str | None,
) -> int:  # fmt: skip
    """Check DAG files without Airflow, such as in CI.

    PATH is a file, or a folder as Airflow would read it. The files are parsed, never run. Exits with 1 if there are
    errors; warnings alone are no failure.

    In an Astro project, connections and variables are checked against its airflow_settings.yaml.
    """
    from mlopsctl.operations.dags.check import project, target
    from mlopsctl.operations.dags.check.run import check_project

    if format_ == "json":
        app.use_json()
    app.out.notify_if_slow("checking the files")
    declared = _declared(paths, requirements, connections, variables)
    files = project.read(paths, declared, target.read(airflow_version, python or target.RUNNING))
    found = check_project(files)
    counts = Counter(finding.severity for finding in found)
    line = _annotation if format_ == "github" else text_line
    return app.render(
        Result(
            {"findings": [_data(finding) for finding in found]},
            Status.ERROR if counts[Severity.ERROR] else Status.OK,
            messages=(_summary(counts, len(files.sources) + len(files.unreadable)),),
        ),
        lambda out: _show(out, found, line),
    )


def _declared(
    paths: Sequence[Path], requirements: Path | None, connections: Path | None, variables: Path | None
) -> "Declared":
    """Connections and variables also from the settings of the Astro project around the paths."""
    from mlopsctl.operations.dags.check import declared

    return declared.Declared(
        declared.read_requirements(requirements) if requirements else None,
        _entries(connections, paths, "connection"),
        _entries(variables, paths, "variable"),
    )


def _entries(given: Path | None, paths: Sequence[Path], noun: str) -> "Entries | None":
    from mlopsctl.cli._common.import_export import read_entries
    from mlopsctl.operations.dags.check import declared

    if not (file := given or declared.find_astro_settings(paths)):
        return None
    names = frozenset(map(str, read_entries(str(file), None, noun).entries))
    if not names and not given:
        return None  # the template of a new project declares nothing
    return declared.Entries(shown_path(file), names, Severity.ERROR if given else Severity.WARNING)


def _summary(counts: Counter[Severity], files: int) -> Message:
    errors, warnings = counts[Severity.ERROR], counts[Severity.WARNING]
    if not files:
        return Message.warning("there is no Python file in these paths")
    found = f"{plural(errors, 'error')}, {plural(warnings, 'warning')}" if counts else "no problems"
    return Message(f"{found} in {plural(files, 'file')}")


def _show(out: Output, findings: "Sequence[Finding]", line: "Callable[[Finding], str]") -> None:
    for finding in findings:
        out.text(line(finding))


def text_line(finding: "Finding") -> str:
    where = f"{shown_path(finding.file)}:{finding.line}:{finding.column}"
    hint = f"\n  hint: {finding.hint}" if finding.hint else ""
    return f"{where}: {finding.severity}: {finding.message} [{finding.rule}]{hint}"


def _annotation(finding: "Finding") -> str:
    """A workflow command of GitHub Actions."""
    properties = {
        "file": shown_path(finding.file), "line": finding.line, "col": finding.column, "title": finding.rule,
    }  # fmt: skip
    listed = ",".join(f"{name}={_escape(str(value), ':,')}" for name, value in properties.items())
    hint = f"\n{finding.hint}" if finding.hint else ""
    return f"::{finding.severity} {listed}::{_escape(finding.message + hint)}"


def _escape(text: str, also: str = "") -> str:
    """As GitHub decodes the values of workflow commands; `%` first, because the others write it."""
    for character in f"%\r\n{also}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def shown_path(path: Path) -> Path:
    """Relative to the current directory if it is below: GitHub knows no other paths."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _data(finding: "Finding") -> dict[str, Any]:
    return {
        "file": str(shown_path(finding.file)),
        "line": finding.line,
        "column": finding.column,
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
    }
