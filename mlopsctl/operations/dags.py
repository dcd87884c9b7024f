"""Import errors of DAG files: what caused them, and what helps."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from mlopsctl.adapters.airflow_api import AirflowApi
from mlopsctl.model import DagDetails, ImportErrorReport


@dataclass(frozen=True)
class Explained:
    """`cause`: missing-module, airflow-2-import, syntax-error, missing-variable, missing-connection, duplicate-dag,
    timeout or other."""

    file: str
    cause: str
    message: str
    hint: str
    traceback: str


def read(api: AirflowApi) -> list[DagDetails]:
    """All DAGs, by name."""
    return api.dags()


def errors(api: AirflowApi) -> list[Explained]:
    """Every file that Airflow could not import."""
    return [explain(report) for report in api.import_errors()]


# Where what Airflow 2 had is today.
HOMES = {
    "airflow.operators.python": "airflow.providers.standard.operators.python",
    "airflow.operators.bash": "airflow.providers.standard.operators.bash",
    "airflow.operators.empty": "airflow.providers.standard.operators.empty",
    "airflow.operators.dummy": "airflow.providers.standard.operators.empty (EmptyOperator)",
    "airflow.operators.python_operator": "airflow.providers.standard.operators.python",
    "airflow.operators.bash_operator": "airflow.providers.standard.operators.bash",
    "airflow.operators.dummy_operator": "airflow.providers.standard.operators.empty (EmptyOperator)",
    "airflow.operators.trigger_dagrun": "airflow.providers.standard.operators.trigger_dagrun",
    "airflow.sensors.external_task": "airflow.providers.standard.sensors.external_task",
    "airflow.operators.mysql_operator": "airflow.providers.common.sql.operators.sql (SQLExecuteQueryOperator)",
    "airflow.utils.dates": "pendulum: pendulum.today().subtract(days=1) for days_ago(1)",
}


def _renamed(module: str, name: str = "") -> str:
    """Where a module of Airflow 2 is today, or a `name` in it."""
    if module in HOMES or not name:
        return f"{module} is of Airflow 2; write {HOMES.get(module, 'its new place, in airflow.sdk or a provider')}"
    return f"{name} is not in {module} of Airflow 3: look for it in airflow.sdk or in a provider"


Hint = Callable[[re.Match[str]], str]

# The first that fits wins. Airflow 2's names come before the missing modules that they are today.
CAUSES: tuple[tuple[str, str, Hint], ...] = (
    (
        "airflow-2-import",
        r"No module named '(airflow\.(?:operators|sensors|hooks|contrib|utils\.dates|utils\.helpers)[\w.]*)'",
        lambda m: _renamed(m[1]),
    ),
    (
        "airflow-2-import",
        r"cannot import name '(\w+)' from '(airflow[\w.]*)'",
        lambda m: _renamed(m[2], m[1]),
    ),
    (
        "airflow-2-import",
        r"unexpected keyword argument '(schedule_interval|timetable|execution_date|provide_context|fail_stop)'",
        lambda m: (
            f"Airflow 3 has no {m[1]}" + (": write schedule=" if m[1] in ("schedule_interval", "timetable") else "")
        ),
    ),
    (
        "missing-module",
        r"No module named '([\w.]+)'",
        lambda m: f"add the package that holds {m[1]} to a requirements file: mlopsctl setup --requirements FILE",
    ),
    ("syntax-error", r"(?:SyntaxError|IndentationError|TabError): .*", lambda _: "mend the line that is named"),
    (
        "missing-variable",
        r"(?:Variable (\S+) (?:does not exist|not found)|Variable with key '?([^'\s]+)'? not found)",
        lambda m: f"mlopsctl airflow -- variables set {m[1] or m[2]} VALUE",
    ),
    (
        "missing-connection",
        r"(?:conn_id `?'?([\w.-]+)[`']? isn't defined|Connection with ID '?([\w.-]+)'? not found)",
        lambda m: f"mlopsctl airflow -- connections add {m[1] or m[2]} --conn-uri URI",
    ),
    ("duplicate-dag", r"AirflowDagDuplicatedIdException: .*", lambda _: "give each DAG an id of its own"),
    (
        "timeout",
        r"(?:DagBag import timeout|AirflowTaskTimeout|Timeout).*",
        lambda _: "move slow work out of the top level",
    ),
)


def explain(report: ImportErrorReport) -> Explained:
    """The cause and the remedy, from the last words of the traceback."""
    message = last_words(report.traceback)
    for cause, pattern, hint in CAUSES:
        if found := re.search(pattern, message):
            return Explained(report.file, cause, message, hint(found), report.traceback)
    return Explained(report.file, "other", message, "read the traceback: mlopsctl dags errors --json", report.traceback)


def last_words(traceback: str) -> str:
    """The exception's line, with the last place that is in nobody's package: there the cause can be mended."""
    lines = [line for line in traceback.strip().splitlines() if line.strip()]
    last = next((line for line in reversed(lines) if re.match(r"[\w.]*\w+(Error|Exception|Timeout|Exit)\b", line)), "")
    places = re.findall(r'File "([^"]+)", line (\d+)', traceback)
    words = " ".join((last or (lines[-1] if lines else "no reason given")).split())
    if not places:
        return words
    path, line = next((place for place in reversed(places) if "/site-packages/" not in place[0]), places[-1])
    return f"{words} ({path.rpartition('/')[2]}, line {line})"
