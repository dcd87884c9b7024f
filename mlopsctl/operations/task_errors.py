"""What the exception of a task means where its text names neither the cause nor what to do."""

import re
from dataclasses import dataclass

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ImportErrorReport, TaskLog
from mlopsctl.core.states import ImportErrorCause, TaskErrorCause
from mlopsctl.operations.dags import airflow2_context
from mlopsctl.operations.dags.import_errors.remedies import find_remedy

FRAME = re.compile(r"^  (\S+):(\d+) in ", re.MULTILINE)
# What a failing import of a DAG file and of a task have in common. Of a missing module, the remedies differ.
FROM_IMPORTS = {
    ImportErrorCause.AIRFLOW_2_IMPORT: TaskErrorCause.AIRFLOW_2_IMPORT,
    ImportErrorCause.MISSING_VARIABLE: TaskErrorCause.MISSING_VARIABLE,
    ImportErrorCause.MISSING_CONNECTION: TaskErrorCause.MISSING_CONNECTION,
}
XCOM = (
    # airflow.sdk.serde stores the name of a time zone, and datetime.timezone and dateutil's have none.
    (
        re.compile(r"^ValueError: ZoneInfo keys must be normalized relative paths, got: *$"),
        "another task returned a datetime with a fixed offset from UTC, or with a time zone of dateutil, which XCom "
        'stores but cannot read again: return it in a time zone of zoneinfo, such as ZoneInfo("Asia/Seoul")',
    ),
    (
        re.compile(r"Out of range float values are not JSON compliant"),
        "the task returned NaN or an infinity, which XCom cannot store: return None or a text instead",
    ),
)

NOT_STARTED = (
    "the task ended before its code ran: the API server did not answer in time (ReadTimeout in the log of the "
    "scheduler), as on a busy machine, or its process was killed. Run it again"
)


@dataclass(frozen=True)
class Explanation:
    """`hint`: what to do about the cause."""

    cause: TaskErrorCause
    hint: Hint


def explanation_data(explanation: Explanation | None, program: str) -> dict[str, str | None]:
    """What the JSON of a failure says about it. `program`: how hints call mlopsctl."""
    if not explanation:
        return {"cause": None, "hint": None}
    return {"cause": explanation.cause, "hint": explanation.hint.text(program)}


def explain(api: AirflowApi, log: TaskLog) -> Explanation | None:
    """None if nothing is known about the error. `log`: its text says which files were running. Raises MlopsctlError
    if Airflow cannot be asked what it is able to do."""
    found = _explain(log)
    old = found and found.cause in (TaskErrorCause.AIRFLOW_2_CONTEXT, TaskErrorCause.AIRFLOW_2_IMPORT)
    return None if old and api.capabilities.is_airflow2 else found


def _is_empty(text: str) -> bool:
    """Whether there is nothing below the names of the log's files, with which Airflow 3 begins it."""
    lines = [line.strip() for line in text.splitlines()]
    return any(lines) and all(line.endswith(".log") for line in lines if line)


def _explain(log: TaskLog) -> Explanation | None:
    if not log.error and _is_empty(log.text):
        return Explanation(TaskErrorCause.NOT_STARTED, Hint(note=NOT_STARTED))
    if advice := airflow2_context.advice(log.error, log.text):
        return Explanation(TaskErrorCause.AIRFLOW_2_CONTEXT, Hint(note=advice))
    if note := next((note for pattern, note in XCOM if pattern.search(log.error)), ""):
        return Explanation(TaskErrorCause.XCOM, Hint(note=note))
    report = ImportErrorReport("", FRAME.sub(r'  File "\1", line \2, in ', log.text))
    remedy = find_remedy(" ".join(log.error.split()), report)
    cause = FROM_IMPORTS.get(remedy.cause) if remedy else None
    return Explanation(cause, remedy.hint) if remedy and cause else None
