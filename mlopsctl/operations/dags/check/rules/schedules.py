"""Schedules that mean something else in Airflow 3, though they are still valid.

In Airflow 2 each run of a schedule has a data interval: it begins at the logical date, and the run starts when it ends.
In Airflow 3 a cron expression or a timedelta is a time to start, and that time is the logical date: for the same data,
`ds` is one run later ([scheduler] create_cron_data_intervals and create_delta_data_intervals). The timetables of
Airflow 2 are still there. Defaults have changed as well: no schedule was once a day, and catchup was on.
"""

import ast
from collections.abc import Iterator

from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.check import argument_edits, import_edits
from mlopsctl.operations.dags.check.dag_calls import DagCall, dag_calls
from mlopsctl.operations.dags.check.finding import Edit, Finding
from mlopsctl.operations.dags.check.rule import rule
from mlopsctl.operations.dags.check.source import Source

RULE = "airflow-2-schedule"
CATCHUP_RULE = "airflow-2-catchup"
TIMETABLES = "airflow.timetables.interval"
AIRFLOW_2_MODULES = ("airflow", "airflow.models", "airflow.models.dag", "airflow.decorators")
DEFAULT_TIMEZONE = '"UTC"'  # [core] default_timezone, if nobody has changed it
DELTAS = ("timedelta", "relativedelta")


@rule(RULE)
def check_schedules(source: Source) -> Iterator[Finding]:
    if is_for_airflow_2(source):
        yield from findings(source)


def findings(source: Source) -> Iterator[Finding]:
    """Those of a file for Airflow 2."""
    for dag in dag_calls(source):
        if dag.argument is None:
            yield from _check_default(source, dag)
        elif timetable := _timetable(dag):
            yield _finding(source, dag.argument.value, timetable, _intervals(source, dag, timetable))
        elif _is_unknown(dag.schedule):
            yield _finding(source, dag.argument.value, "CronDataIntervalTimetable", ())
        if (dag.argument is None or _timetable(dag)) and _accepts(dag.call, "catchup"):
            yield _catchup(source, dag)


def _check_default(source: Source, dag: DagCall) -> Iterator[Finding]:
    """Without a schedule, Airflow 2 runs a DAG once a day, Airflow 3 never."""
    if not _accepts(dag.call, "schedule"):
        return
    code = "schedule=DeltaDataIntervalTimetable(timedelta(days=1))"
    edits = (
        *argument_edits.add(source, dag.call, code),
        *import_edits.add_import(source, TIMETABLES, "DeltaDataIntervalTimetable"),
        *import_edits.add_import(source, "datetime", "timedelta"),
    )
    message = "without a schedule, Airflow 2 runs a DAG once a day, Airflow 3 only on demand"
    yield source.finding(RULE, dag.call, message, severity=Severity.WARNING, hint=f"write {code}", edits=edits)


def _finding(source: Source, schedule: ast.expr, timetable: str, edits: tuple[Edit, ...]) -> Finding:
    message = "Airflow 3 gives runs of this schedule no data interval: ds is the day on which the run starts"
    hint = f"write schedule={timetable}(…) of {TIMETABLES} to keep the dates of Airflow 2"
    return source.finding(RULE, schedule, message, severity=Severity.WARNING, hint=hint, edits=edits)


def _catchup(source: Source, dag: DagCall) -> Finding:
    message = "without catchup, Airflow 3 runs only the latest interval of a schedule, Airflow 2 every one"
    edits = _before(source, dag.argument) if dag.argument else argument_edits.add(source, dag.call, "catchup=True")
    hint = "write catchup=True"
    return source.finding(CATCHUP_RULE, dag.call, message, severity=Severity.WARNING, hint=hint, edits=edits)


def _timetable(dag: DagCall) -> str:
    """The timetable with which the schedule means the same as in Airflow 2; empty if it means that anyway."""
    if dag.cron is not None:
        return "CronDataIntervalTimetable"
    called = dag.schedule.func if isinstance(dag.schedule, ast.Call) else None
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return "DeltaDataIntervalTimetable" if name in DELTAS else ""


def _is_unknown(schedule: ast.expr | None) -> bool:
    """Whether a schedule is computed, so that it can be a cron expression."""
    return isinstance(schedule, ast.Name | ast.IfExp | ast.Subscript | ast.JoinedStr | ast.Attribute) or (
        isinstance(schedule, ast.Call) and ast.unparse(schedule.func) in ("Variable.get", "os.getenv", "os.environ.get")
    )


def _intervals(source: Source, dag: DagCall, timetable: str) -> tuple[Edit, ...]:
    """Puts the timetable around the schedule. None if the time zone of the schedule cannot be told."""
    if dag.argument is None or (dag.cron is not None and dag.timezone is None):
        return ()
    start, end = source.span(dag.argument.value)
    timezone = f", timezone={dag.timezone or DEFAULT_TIMEZONE}" if dag.cron is not None else ""
    around = (Edit(start, start, f"{timetable}("), Edit(end, end, f"{timezone})"))
    return (*around, *import_edits.add_import(source, TIMETABLES, timetable))


def _accepts(call: ast.Call, argument: str) -> bool:
    """Whether the argument can be added: it is not there, not even among `**arguments`."""
    return not any(keyword.arg in (argument, None) for keyword in call.keywords)


def is_for_airflow_2(source: Source) -> bool:
    """Whether the file takes DAG from where Airflow 2 has it; code for Airflow 3 takes it from airflow.sdk."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module in AIRFLOW_2_MODULES
        and any(alias.name in ("DAG", "dag") for alias in node.names)
        for node in source.nodes
    )


def _before(source: Source, argument: ast.keyword) -> tuple[Edit, ...]:
    """Before the schedule, because what is added after its value would be inside the timetable's parentheses."""
    start = source.span(argument)[0]
    indent = source.text[source.line_starts[argument.lineno - 1] : start]
    separator = " " if indent.strip() else f"{import_edits.newline(source)}{indent}"
    return (Edit(start, start, f"catchup=True,{separator}"),)
