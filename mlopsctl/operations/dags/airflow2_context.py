"""Errors of tasks that use what the context of Airflow 2 had, such as `execution_date`, and what to write instead."""

import re
from collections.abc import Callable, Iterator

from mlopsctl.operations.dags.check.context_names import (
    ATTRIBUTES,
    ATTRIBUTES_WITHOUT_EQUIVALENT,
    REMOVED,
    REPLACEMENTS,
    WITHOUT_EQUIVALENT,
    Replacement,
)

# The classes of `dag_run` and `ti` in the context, as messages name them.
CLASSES = {"DagRun": "dag_run", "RuntimeTaskInstance": "ti"}
ITEM = re.compile(r"^KeyError: '(?P<name>\w+)'$")
TEMPLATE = re.compile(r"^UndefinedError: '(?P<name>\w+)' is undefined$")
PARAMETER = re.compile(r"^TypeError: .*missing \d+ required (?:positional|keyword-only) arguments?: (?P<names>.+)")
ATTRIBUTE = re.compile(r"'(?:[\w.]+\.)?(?P<owner>\w+)(?: object)?'(?: object)? has no attribute '(?P<name>\w+)'")
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def advice(error: str) -> str:
    """What to write instead of a name of Airflow 2, by the exception of a task; empty if it is about something else."""
    return "; ".join(_sentences(error))


def _sentences(error: str) -> Iterator[str]:
    if found := ITEM.search(error):
        yield from _removed(found["name"], lambda new: PLACEHOLDER.sub(r'context["\1"]', new.code))
    elif found := TEMPLATE.search(error):
        yield from _removed(found["name"], lambda new: new.template)
    elif found := PARAMETER.search(error):
        for name in re.findall(r"'(\w+)'", found["names"]):
            yield from _removed(name, _as_parameter)
    elif found := ATTRIBUTE.search(error):
        owner, name = CLASSES.get(found["owner"], ""), found["name"]
        new = ATTRIBUTES.get((owner, name))
        instead = f"write {new.template}" if new else ATTRIBUTES_WITHOUT_EQUIVALENT.get((owner, name), "")
        if instead:
            yield f"{owner} has no {name} in Airflow 3: {instead}"


def _removed(name: str, write: Callable[[Replacement], str]) -> Iterator[str]:
    if name in REMOVED:
        new = REPLACEMENTS.get(name)
        instead = f"write {write(new)}" if new else WITHOUT_EQUIVALENT[name]
        yield f"the context of tasks has no {name} in Airflow 3: {instead}"


def _as_parameter(new: Replacement) -> str:
    """`data_interval_end.strftime("%Y-%m-%d"), with data_interval_end as the parameter`."""
    names = ", ".join(dict.fromkeys(PLACEHOLDER.findall(new.code)))
    code = PLACEHOLDER.sub(r"\1", new.code)
    return f"{code} instead" if code == names else f"{code}, with {names} as the parameter"
