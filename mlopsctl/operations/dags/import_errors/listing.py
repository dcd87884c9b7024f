"""The DAG files that Airflow cannot import, and the DAGs that it never runs: why, and how to fix it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ImportErrorReport
from mlopsctl.core.states import ImportErrorCause
from mlopsctl.operations.dags import cron_dates
from mlopsctl.operations.dags.airflow2 import arguments
from mlopsctl.operations.dags.airflow2.database import METADATA_DATABASE
from mlopsctl.operations.dags.check.rules.database import check_database
from mlopsctl.operations.dags.check.source import Source, parse
from mlopsctl.operations.dags.files import dag_ast, zip_files
from mlopsctl.operations.dags.import_errors import import_context, obstacles, traceback_text, unreported
from mlopsctl.operations.dags.import_errors.import_context import NO_CONTEXT, ImportContext
from mlopsctl.operations.dags.import_errors.remedies import find_remedy
from mlopsctl.operations.dags.import_errors.remedy import Remedy
from mlopsctl.operations.platform import Platform

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
    """What keeps Airflow from reading any file; otherwise one diagnosis per file that it cannot import, and per DAG
    that it never runs. Raises MlopsctlError."""
    if found := obstacles.find(platform):
        return [_from_obstacle(platform, obstacle) for obstacle in found]
    dags = platform.home.dags
    scheduled = [found for found in schedules_without_dates(platform.api) if zip_files.exists(dags / found.file)]
    return [*diagnose_files(platform), *scheduled]


def _from_obstacle(platform: Platform, found: obstacles.Obstacle) -> ImportDiagnosis:
    file = str(found.path.relative_to(platform.home.dags))
    message = f"Airflow reads no DAG files: {found.message.rstrip('.')}"
    return ImportDiagnosis(file, ImportErrorCause(found.code), message, found.hint, "")


def diagnose_files(platform: Platform) -> list[ImportDiagnosis]:
    """Those of which Airflow has an error, and those of which it has neither an error nor a DAG. Raises
    MlopsctlError."""
    reports = failed_imports(platform)
    suspects = unreported.find_suspects(platform, [report.file for report in reports])
    reports += unreported.read(platform, suspects).reports
    context = import_context.read(platform) if reports else NO_CONTEXT
    return [diagnose(report, context) for report in reports]


def diagnose_remote(api: AirflowApi) -> list[ImportDiagnosis]:
    """Of an Airflow elsewhere, by the messages alone: its DAG files and packages are not on this machine."""
    found = [_with_remote_hint(diagnose(report)) for report in api.import_errors()]
    return [*found, *schedules_without_dates(api)]


def schedules_without_dates(api: AirflowApi) -> Iterator[ImportDiagnosis]:
    """The DAGs whose cron expression matches no day. Airflow lists them as if nothing was wrong."""
    for dag in api.dags():
        for problem in cron_dates.problems(dag.schedule or ""):
            if problem.never and not dag.stale:
                message = f"the schedule of {dag.dag_id} has no date: {problem.message}"
                file = dag.relative_file or dag.file
                yield ImportDiagnosis(file, ImportErrorCause.NO_DATES, message, Hint(note=problem.hint), "")


def _with_remote_hint(found: ImportDiagnosis) -> ImportDiagnosis:
    """A command that changes files would change those of this machine."""
    by_api = (ImportErrorCause.MISSING_VARIABLE, ImportErrorCause.MISSING_CONNECTION, ImportErrorCause.OTHER)
    if not found.hint.command or found.cause in by_api:
        return found
    return replace(found, hint=Hint(note="fix it on the machine that has the DAG files"))


def failed_imports(platform: Platform) -> list[ImportErrorReport]:
    """The files that Airflow cannot import and that still exist. Raises MlopsctlError."""
    dags = platform.home.dags
    reports = [report for report in platform.api.import_errors() if zip_files.exists(dags / report.file)]
    # Airflow 2 and 3.0 name them by their absolute paths, later releases relative to the DAGs folder.
    return [replace(report, file=report.file.removeprefix(f"{dags}/")) for report in reports]


def diagnose(report: ImportErrorReport, context: ImportContext = NO_CONTEXT) -> ImportDiagnosis:
    """The cause and the remedy, judged by the exception's message."""
    exception = arguments.without_values(traceback_text.exception(report.traceback))
    remedy = find_remedy(exception, report, context) or UNKNOWN_CAUSE
    message = f"{traceback_text.shorten(exception)} ({_position(report, context, exception)})"
    return ImportDiagnosis(
        report.file, remedy.cause, message, remedy.hint, report.traceback, remedy.package, remedy.link
    )


def _position(report: ImportErrorReport, context: ImportContext, exception: str) -> str:
    """Where to fix it: `load.py, line 3`, or only the file."""
    if found := traceback_text.position(report.traceback, exception):
        return found
    path = context.dags / report.file if context.dags else None
    line = _line_in(path, exception) if path and path.is_file() else 0
    return Path(report.file).name + (f", line {line}" if line else "")


def _line_in(path: Path, exception: str) -> int:
    """The line on which a DAG file gives the argument, uses the metadata database, or names the variable or connection;
    0 if it does not."""
    if METADATA_DATABASE.search(exception):
        source = parse(path, path.read_bytes())
        return next((found.line for found in check_database(source)), 0) if isinstance(source, Source) else 0
    if invalid := arguments.parse(exception):
        return arguments.find(path, invalid).line
    parsed = dag_ast.parse_file(path)
    references = [*parsed.variables, *parsed.connections]
    return next((r.line for r in references if re.search(rf"\b{re.escape(r.name)}\b", exception)), 0)
