"""The DAGs that a file defines, and their schedules, as far as its code shows them."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mlopsctl.operations.dags.check.source import Source

SCHEDULE_ARGUMENTS = ("schedule", "schedule_interval", "timetable")
PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
}
NOT_PERIODIC = ("@once", "@continuous")
FIXED_DATE = re.compile(r"\d+")


@dataclass(frozen=True)
class DagCall:
    """`call`: `DAG(…)` or the decorator `@dag(…)`. `argument`: the one that gives the schedule; `schedule`: its value.
    `timezone`: the code of the time zone of its start_date, empty if that has none, None if that cannot be told.
    `zone`: its name, if it is in the code."""

    call: ast.Call
    argument: ast.keyword | None
    schedule: ast.expr | None
    timezone: str | None
    zone: str | None

    @property
    def unscheduled(self) -> bool:
        return isinstance(self.schedule, ast.Constant) and self.schedule.value is None

    @property
    def cron(self) -> str | None:
        """The cron expression; None if the schedule is something else."""
        value = self.schedule.value if isinstance(self.schedule, ast.Constant) else None
        return PRESETS.get(value, value) if isinstance(value, str) and value not in NOT_PERIODIC else None


@cache
def dag_calls(source: Source) -> list[DagCall]:
    """Every call of DAG and every decorator `@dag(…)` in a file."""
    values = assignments(source.tree)
    calls = [node for node in source.nodes if isinstance(node, ast.Call) and _name(node.func) == "DAG"]
    functions = (node for node in source.nodes if isinstance(node, ast.FunctionDef))
    decorators = (decorator for function in functions for decorator in function.decorator_list)
    calls += [node for node in decorators if isinstance(node, ast.Call) and _name(node.func) == "dag"]
    return [_dag_call(source, call, values) for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset))]


@cache
def assignments(tree: ast.AST) -> dict[str, ast.expr]:
    """The names that are assigned exactly once in a file, and their values."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        for name, value in _assigned(node):
            found.setdefault(name, []).append(value)
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def constants(tree: ast.AST) -> dict[str, str]:
    """The names that are assigned exactly once, to a string."""
    return {
        name: value.value
        for name, value in assignments(tree).items()
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def resolve(node: ast.expr | None, values: Mapping[str, ast.expr]) -> ast.expr | None:
    """The value of an expression that is a name."""
    for _ in range(5):  # a name can stand for another; no cycle
        if not isinstance(node, ast.Name) or node.id not in values:
            break
        node = values[node.id]
    return node


def has_daylight_saving(zone: str) -> bool:
    """Whether the clock of a time zone is ever changed. True if the zone is unknown."""
    try:
        zone_info = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return True
    year = datetime.now(UTC).year
    return len({datetime(year, month, 1, tzinfo=zone_info).utcoffset() for month in range(1, 13)}) > 1


def _dag_call(source: Source, call: ast.Call, values: Mapping[str, ast.expr]) -> DagCall:
    argument = next((given for given in call.keywords if given.arg in SCHEDULE_ARGUMENTS), None)
    given = keyword(call, "start_date") or _item(resolve(keyword(call, "default_args"), values), "start_date")
    start = resolve(given, values)
    schedule = resolve(argument.value, values) if argument else None
    return DagCall(call, argument, schedule, _timezone_code(source, start, values), _zone_name(start, values))


def _timezone_code(source: Source, start_date: ast.expr | None, values: Mapping[str, ast.expr]) -> str | None:
    if start_date is None or isinstance(start_date, ast.Constant):
        return ""
    name = _name(start_date.func) if isinstance(start_date, ast.Call) else ""
    if not isinstance(start_date, ast.Call) or name not in ("days_ago", "datetime", "today"):
        return None
    given = keyword(start_date, "tz") or keyword(start_date, "tzinfo")
    if given is None and name == "today" and start_date.args:
        given = start_date.args[0]
    if given is None:
        aware = name == "days_ago" or (name == "datetime" and ast.unparse(start_date.func).startswith("pendulum."))
        return '"UTC"' if aware else ""
    is_utc = ast.unparse(resolve(given, values) or given).split(".")[-1].lower() == "utc"
    return '"UTC"' if is_utc else source.segment(given)


def _zone_name(start_date: ast.expr | None, values: Mapping[str, ast.expr]) -> str | None:
    """The first string in a date is its time zone: `pendulum.datetime(2024, 1, 1, tz="Asia/Seoul")`."""
    for node in ast.walk(start_date) if start_date else ():
        value = resolve(node, values) if isinstance(node, ast.Name) else node
        for part in ast.walk(value) if value else ():
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                return part.value
    return None


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((given.value for given in call.keywords if given.arg == name), None)


def _item(node: ast.expr | None, key: str) -> ast.expr | None:
    """The value of a key in a dictionary literal, or in `dict(…)`."""
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return next((value for name, value in pairs if isinstance(name, ast.Constant) and name.value == key), None)
    return keyword(node, key) if isinstance(node, ast.Call) else None


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and isinstance(node.target, ast.Name) and node.value:
        yield node.target.id, node.value
    elif isinstance(node, ast.For | ast.AugAssign) and isinstance(node.target, ast.Name):
        unknown = ast.Name(node.target.id)
        yield from ((node.target.id, unknown), (node.target.id, unknown))  # more than one value


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
