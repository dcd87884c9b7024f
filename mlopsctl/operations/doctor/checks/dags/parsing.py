"""What Airflow reports about reading the DAG files: how long it took, and import errors."""

from collections.abc import Iterator
from pathlib import Path

from mlopsctl.adapters.airflow import dag_file_reader
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import Verdict
from mlopsctl.operations.dags import fix
from mlopsctl.operations.dags.files import zip_files
from mlopsctl.operations.dags.import_errors import listing
from mlopsctl.operations.dags.import_errors.listing import ImportDiagnosis
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.checks.dags.folder import relative
from mlopsctl.operations.doctor.context import DoctorContext

SLOW = 1.0  # seconds; every file is read again every minute
MEASURED = 5  # files: the slowest


def check_parsing(context: DoctorContext) -> Iterator[Finding]:
    """What Airflow reports is time on the clock, much of it spent waiting for a CPU if the machine is busy. Files that
    took long are read once more, and their own time is measured."""
    root = context.platform.home.dags
    seconds: dict[Path, float] = {}
    for dag in context.cached("dags", context.api.dags):
        file = zip_files.zip_of(root / dag.relative_file) or root / dag.relative_file
        if file.exists():
            seconds[file] = max(seconds.get(file, 0.0), dag.parse_seconds or 0.0)
    slowest = sorted((file for file in seconds if seconds[file] > SLOW), key=seconds.__getitem__)[-MEASURED:]
    measured = dag_file_reader.read(context.platform.airflow, slowest) if slowest else []
    for file, found in sorted(zip(slowest, measured, strict=True)):
        if found.seconds > SLOW:
            message = f"Airflow needs {found.seconds:.1f} s to read {relative(context, file)}, once a minute."
            hint = Hint(note="move slow imports and computations from its top level into tasks")
            yield Finding(message, hint, Verdict.WARNING, key=str(file))


def check_import_errors(context: DoctorContext) -> Iterator[Finding]:
    context.require_api()
    for error in context.cached("import-errors", lambda: listing.diagnose_files(context.platform)):
        safe = fix.is_fixable(error) and not error.package
        message = f"{error.file}: {error.cause}: {error.message}."
        key = f"{error.file} {error.cause} {error.link}"
        yield Finding(message, error.hint, details=error, fixable=safe, key=key)


def fix_import_error(context: DoctorContext, finding: Finding) -> Iterator[str]:
    """As `dags fix` does, except that it installs nothing. Whether it helped is known when Airflow has read the file
    again."""
    error: ImportDiagnosis = finding.details
    if all(report.file != error.file for report in listing.failed_imports(context.platform)):
        yield "Airflow can import it now"
        return
    for step in fix.run(context.platform, [error]):
        if step.error and step.name != "read":
            raise step.error
        yield f"{step.name} {step.detail}".strip()


CHECKS = (
    Check("dag-parsing", Group.DAGS, "A slow file delays the reading of all others.", check_parsing),
    Check(
        "dag-errors", Group.DAGS, "A DAG does not run if its file cannot be imported.",
        check_import_errors, fix_import_error,
    ),
)  # fmt: skip
