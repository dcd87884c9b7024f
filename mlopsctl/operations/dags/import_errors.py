"""The DAG files that Airflow cannot import: why, and how to fix it."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ImportErrorReport
from mlopsctl.core.states import ImportErrorCause
from mlopsctl.operations.dags import dag_ast, import_context
from mlopsctl.operations.dags.import_context import ImportContext
from mlopsctl.operations.dags.import_remedies import REMEDIES, ImportFailure
from mlopsctl.operations.dags.missing_modules import Remedy
from mlopsctl.operations.platform import Platform

NO_CONTEXT = ImportContext()
UNKNOWN_CAUSE = Remedy(ImportErrorCause.OTHER, Hint.of("-v", "dags", "errors", note="shows the full traceback"))


@dataclass(frozen=True)
class ImportDiagnosis:
    """`message`: the exception and where it was raised. `package`, `link`: what `dags fix` installs or links."""

    file: str
    cause: ImportErrorCause
    message: str
    hint: Hint
    traceback: str
    package: str = ""
    link: str = ""


def diagnose_all(platform: Platform) -> list[ImportDiagnosis]:
    """One diagnosis per file that Airflow cannot import. Raises MlopsctlError."""
    reports = failed_imports(platform)
    context = import_context.read(platform) if reports else NO_CONTEXT
    return [diagnose(report, context) for report in reports]


def diagnose_remote(api: AirflowApi) -> list[ImportDiagnosis]:
    """Of an Airflow elsewhere, by the messages alone: its DAG files and packages are not on this machine."""
    return [_with_remote_hint(diagnose(report)) for report in api.import_errors()]


def _with_remote_hint(found: ImportDiagnosis) -> ImportDiagnosis:
    """A command that changes files would change those of this machine."""
    by_api = (ImportErrorCause.MISSING_VARIABLE, ImportErrorCause.MISSING_CONNECTION, ImportErrorCause.OTHER)
    if not found.hint.command or found.cause in by_api:
        return found
    return replace(found, hint=Hint(note="fix it on the machine that has the DAG files"))


def failed_imports(platform: Platform) -> list[ImportErrorReport]:
    """The files that Airflow cannot import and that still exist. Raises MlopsctlError."""
    dags = platform.home.dags
    reports = [report for report in platform.api.import_errors() if _exists(dags / report.file)]
    # Airflow 2 and 3.0 name them by their absolute paths, later releases relative to the DAGs folder.
    return [replace(report, file=report.file.removeprefix(f"{dags}/")) for report in reports]


def _exists(path: Path) -> bool:
    """Also inside a zip file."""
    return path.exists() or any(parent.is_file() for parent in path.parents)


def diagnose(report: ImportErrorReport, context: ImportContext = NO_CONTEXT) -> ImportDiagnosis:
    """The cause and the remedy, judged by the exception's message."""
    message = summarize(report.traceback)
    if not message.endswith(")"):
        message += f" ({Path(report.file).name}{_line_of_reference(report, context)})"
    remedy = next(
        (
            find(ImportFailure(report, context, found))
            for pattern, find in REMEDIES
            if (found := pattern.search(message))
        ),
        UNKNOWN_CAUSE,
    )
    return ImportDiagnosis(
        report.file, remedy.cause, message, remedy.hint, report.traceback, remedy.package, remedy.link
    )


def summarize(traceback: str) -> str:
    """The exception's line, with the last position in the project's own files if the traceback has one: that is where
    to fix it. For a syntax error, the source line as well."""
    lines = [line for line in traceback.strip().splitlines() if line.strip()]
    last = next((line for line in reversed(lines) if re.match(r"[\w.]*\w+(Error|Exception|Timeout|Exit)\b", line)), "")
    exception = " ".join((last or (lines[-1] if lines else "no reason given")).split())
    positions = re.findall(r'File "([^"]+)", line (\d+)', traceback)
    own = [position for position in positions if "/site-packages/" not in position[0]]
    if not own:  # Airflow keeps only the last two positions
        return exception
    path, line = own[-1]
    source = re.search(rf'File "{re.escape(path)}", line {line}\n +(.+)\n', traceback)
    shown = f": {source[1].strip()}" if source and _is_syntax_error(exception) else ""
    return f"{exception} ({path.rpartition('/')[2]}, line {line}{shown})"


def _is_syntax_error(exception: str) -> bool:
    return exception.startswith(("SyntaxError", "IndentationError", "TabError"))


def _line_of_reference(report: ImportErrorReport, context: ImportContext) -> str:
    """The line on which the DAG file names the missing variable or connection."""
    path = context.dags / report.file if context.dags else None
    parsed = dag_ast.parse_file(path) if path and path.is_file() else None
    references = [*parsed.variables, *parsed.connections] if parsed else []
    exception = summarize(report.traceback)
    return next((f", line {r.line}" for r in references if re.search(rf"\b{re.escape(r.name)}\b", exception)), "")
