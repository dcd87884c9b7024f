"""Errors of tasks that use what the context of Airflow 2 had, such as `execution_date`, and what to write instead."""

import re
from collections.abc import Callable, Iterator

from mlopsctl.operations.dags.check import jinja
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
RENDERING = re.compile(r"Exception rendering Jinja template for task .* Template: (.*)")
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def advice(error: str, log: str = "") -> str:
    """What to write instead of a name of Airflow 2, by the exception of a task; empty if it is about something else.
    `log`: it has the whole template, of which the exception names the first such name."""
    return "; ".join(_sentences(error, log))


def _sentences(error: str, log: str) -> Iterator[str]:
    if found := ITEM.search(error):
        yield from _removed(found["name"], lambda new: PLACEHOLDER.sub(r'context["\1"]', new.code))
    elif found := TEMPLATE.search(error):
        for name in dict.fromkeys([found["name"], *_names_in_template(log)] if found["name"] in REMOVED else ()):
            yield from _removed(name, lambda new: new.template)
    elif found := PARAMETER.search(error):
        for name in re.findall(r"'(\w+)'", found["names"]):
            yield from _removed(name, _as_parameter)
    elif found := ATTRIBUTE.search(error):
        owner, name = CLASSES.get(found["owner"], ""), found["name"]
        new = ATTRIBUTES.get((owner, name))
        instead = f"write {new.template}" if new else ATTRIBUTES_WITHOUT_EQUIVALENT.get((owner, name), "")
        if instead:
            yield f"{owner} has no {name} in Airflow 3: {instead}"


def _names_in_template(log: str) -> list[str]:
    """The names in the template that could not be rendered, in their order."""
    found = RENDERING.findall(log)
    template = jinja.parse(found[-1]) if found else None
    if not template:
        return []
    tokens = enumerate(template.tokens)
    return [token.value for index, token in tokens if token.value in REMOVED and template.is_root_name(index)]


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
