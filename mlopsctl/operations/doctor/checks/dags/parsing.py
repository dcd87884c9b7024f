"""What Airflow reports about reading the DAG files: how long it took, and import errors."""

import statistics
from collections.abc import Iterator

from mlopsctl.core.hint import Hint
from mlopsctl.core.states import Verdict
from mlopsctl.operations.dags import fix, import_errors
from mlopsctl.operations.dags.import_errors import ImportDiagnosis
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import DoctorContext

SLOW = 1.0  # seconds; every file is read again every minute
TIMES_MEDIAN = 3  # and this many times the median of all files: on a busy machine they are all slow


def check_parsing(context: DoctorContext) -> Iterator[Finding]:
    seconds: dict[str, float] = {}
    for dag in context.cached("dags", context.api.dags):
        seconds[dag.relative_file] = max(seconds.get(dag.relative_file, 0.0), dag.parse_seconds or 0.0)
    median = statistics.median(seconds.values()) if len(seconds) > 1 else 0.0
    for file, taken in sorted(seconds.items()):
        if taken > max(SLOW, TIMES_MEDIAN * median):
            message = f"Airflow takes {taken:.1f} s to read {file}, once a minute."
            hint = Hint(note="move slow imports and computations from its top level into tasks")
            yield Finding(message, hint, Verdict.WARNING)


def check_import_errors(context: DoctorContext) -> Iterator[Finding]:
    context.require_api()
    for error in context.cached("import-errors", lambda: import_errors.diagnose_files(context.platform)):
        safe = fix.is_fixable(error) and not error.package
        message = f"{error.file}: {error.cause}: {error.message}."
        key = f"{error.file} {error.cause} {error.link}"
        yield Finding(message, error.hint, details=error, fixable=safe, key=key)


def fix_import_error(context: DoctorContext, finding: Finding) -> Iterator[str]:
    """As `dags fix` does, except that it installs nothing. Whether it helped is known when Airflow has read the file
    again."""
    error: ImportDiagnosis = finding.details
    if all(report.file != error.file for report in import_errors.failed_imports(context.platform)):
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
