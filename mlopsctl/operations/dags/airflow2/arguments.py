"""Arguments of DAG and operators in Airflow 2 that Airflow 3 does not accept: their new names, and where they are."""

import ast
import re
from dataclasses import dataclass, replace
from pathlib import Path

# New names; empty: removed without a replacement. From "Upgrading to Airflow 3" and ruff's rule AIR301; those of
# providers from the changelogs of their releases.
RENAMED_ARGUMENTS = {
    "schedule_interval": "schedule",
    "timetable": "schedule",
    "concurrency": "max_active_tasks",
    "fail_stop": "fail_fast",
    "task_concurrency": "max_active_tis_per_dag",
    "execution_date": "logical_date",
    "use_task_execution_date": "use_task_logical_date",
    "use_task_execution_day": "use_task_logical_date",
    "xcom_push": "do_xcom_push",
    "provide_context": "",
    "default_view": "",
    "orientation": "",
    "full_filepath": "",
    "mysql_conn_id": "conn_id",
    "postgres_conn_id": "conn_id",
    "sqlite_conn_id": "conn_id",
    "mssql_conn_id": "conn_id",
    "snowflake_conn_id": "conn_id",
    "trino_conn_id": "conn_id",
    "oracle_conn_id": "conn_id",
    "vertica_conn_id": "conn_id",
    "exasol_conn_id": "conn_id",
    "jdbc_conn_id": "conn_id",
    "bigquery_conn_id": "gcp_conn_id",
    "google_cloud_storage_conn_id": "gcp_conn_id",
    "delegate_to": "impersonation_chain",
    "is_delete_operator_pod": "on_finish_action",
    "use_dill": "serializer",
}
DAG = "DAG"
TRIGGER_RULES = {"dummy": "always", "none_failed_or_skipped": "none_failed_min_one_success"}
# airflow.sdk.bases.operator; Airflow 2 words it alike.
INVALID = re.compile(
    r"Invalid arguments were passed to (?P<callee>\w+) \(task_id: (?P<task>.+?)\)"
    r".*Invalid arguments were: (?P<given>.+)"
)
UNEXPECTED = re.compile(
    r"(?P<callee>\w+)\.(?:__init__|partial|expand)\(\) got (?:an )?unexpected keyword arguments? "
    r"(?P<given>'\w+'(?:, '\w+')*)"
)
KWARGS = "**kwargs: {"
KEY = re.compile(r"(?:^|, )'(\w+)': ")
NESTED = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True)
class InvalidArguments:
    """What a call of a DAG file was given and does not accept. `callee`: the class, as Python names it. `line`: 0 if
    unknown."""

    callee: str
    names: tuple[str, ...]
    task_id: str = ""
    line: int = 0

    @property
    def of_airflow_2(self) -> bool:
        return any(name in RENAMED_ARGUMENTS for name in self.names)

    def advice(self) -> str:
        """A sentence for each argument."""
        return "; ".join(map(self._advice, self.names))

    def _advice(self, name: str) -> str:
        if name not in RENAMED_ARGUMENTS:
            callee = self.callee.removeprefix("_").replace("DecoratedOperator", " task")
            return f"{callee} has no argument {name}: correct its name, or remove it"
        new = RENAMED_ARGUMENTS[name]
        return f"Airflow 3 has no argument {name}: " + (f"use {new}=" if new else "remove it")


def parse(message: str) -> InvalidArguments | None:
    """From the message of an exception; None if it is about something else."""
    found = INVALID.search(message) or UNEXPECTED.search(message)
    return of_match(found) if found else None


def of_match(found: re.Match[str]) -> InvalidArguments:
    """From a match of INVALID or UNEXPECTED."""
    given = found["given"]
    if given.startswith(KWARGS):
        given, inside = given.removeprefix(KWARGS), 1
        while inside:  # the keys of dictionaries that are values, from the innermost one out
            given, inside = NESTED.subn("", given)
        names = KEY.findall(given)
    else:
        names = re.findall(r"\w+", given)
    return InvalidArguments(found["callee"], tuple(names), found.groupdict().get("task", ""))


def without_values(message: str) -> str:
    """The message with the names of the arguments, but not what they were set to: it can be a secret."""
    found = INVALID.search(message)
    return message[: found.start("given")] + ", ".join(of_match(found).names) if found else message


def find(path: Path, invalid: InvalidArguments) -> InvalidArguments:
    """With the line in a file where the first of the arguments is given. Of DAG, Python names only one argument: the
    others of Airflow 2 in that call are added. Raises OSError."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):  # it has changed since
        return invalid
    found = [
        (_rank(call, invalid), argument.value.lineno, call)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for argument in call.keywords
        if argument.arg == invalid.names[0]
    ]
    if not found:
        return invalid
    _, line, call = min(found, key=lambda entry: entry[:2])
    others = [argument.arg for argument in call.keywords if invalid.callee == DAG and argument.arg in RENAMED_ARGUMENTS]
    return replace(invalid, line=line, names=tuple(dict.fromkeys([*invalid.names, *filter(None, others)])))


def _rank(call: ast.Call, invalid: InvalidArguments) -> int:
    """0: the task. 1: the same class. 2: another call, such as that of a class of the user's own."""
    given = {argument.arg: argument.value for argument in call.keywords}
    task = given.get("task_id")
    if isinstance(task, ast.Constant) and task.value == invalid.task_id:
        return 0
    return 1 if _name(call.func).lower() == invalid.callee.lower() else 2


def _name(called: ast.expr) -> str:
    """`Operator` of `Operator(…)` and of `Operator.partial(…)`."""
    if isinstance(called, ast.Attribute) and called.attr in ("partial", "expand"):
        called = called.value
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
