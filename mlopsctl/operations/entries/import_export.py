"""The files that `airflow connections|variables import` read: JSON and YAML, one object, an entry per name."""

import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal

from mlopsctl.core.errors import MlopsctlError, UsageError

if TYPE_CHECKING:
    import yaml

Form = Literal["json", "yaml"]
_FORMS: dict[str, Form] = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}


def form_of(file: str, given: Form | None = None) -> Form:
    """By the ending of the name; `-`: JSON. Raises UsageError where neither tells."""
    if given or file == "-":
        return given or "json"
    ending = PurePath(file).suffix.lower()
    if ending not in _FORMS:
        raise UsageError(f"{file} does not tell by its ending what it is.", hint="add --format json, or --format yaml")
    return _FORMS[ending]


def render(entries: dict[str, Any], form: Form) -> str:
    """As Airflow's own import reads it."""
    if form == "json":
        return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"
    import yaml

    return str(yaml.safe_dump(entries, allow_unicode=True, sort_keys=False))


def parse(text: str, form: Form, file: str) -> dict[Any, Any]:
    """Entries by name. Raises MlopsctlError: not of that form, not an object, a name twice, which Airflow's own import
    takes without a word, the last one winning."""
    found = _json(text, file) if form == "json" else _yaml(text, file)
    if not isinstance(found, dict):
        raise _unreadable(file, "it must be an object, with an entry per name", form)
    return found


def _json(text: str, file: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if twice := next((key for n, (key, _) in enumerate(pairs) if key in dict(pairs[:n])), None):
            raise _twice(file, twice)
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as e:
        raise _unreadable(f"{file}, line {e.lineno}", e.msg, "json") from e
    except RecursionError as e:
        raise _unreadable(file, "it is nested too deeply", "json") from e


def _yaml(text: str, file: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        """Refuses a name twice."""

    def once(loader: "yaml.SafeLoader", node: "yaml.MappingNode") -> dict[Any, Any]:
        named = [key for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        keys = [loader.construct_object(key, deep=True) for key in named]
        if twice := next((key for n, key in enumerate(keys) if key in keys[:n]), None):
            raise _twice(f"{file}, line {node.start_mark.line + 1}", str(twice))
        made: dict[Any, Any] = yaml.SafeLoader.construct_mapping(loader, node, deep=True)
        return made

    Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, once)
    try:
        return yaml.load(text, Loader)  # noqa: S506  # a SafeLoader
    except yaml.MarkedYAMLError as e:
        place = f"{file}, line {e.problem_mark.line + 1}" if e.problem_mark else file
        raise _unreadable(place, e.problem or "it cannot be read", "yaml") from e
    except (yaml.YAMLError, RecursionError, ValueError) as e:
        raise _unreadable(file, " ".join(str(e).split()), "yaml") from e


def _unreadable(place: str, why: str, form: str) -> MlopsctlError:
    return MlopsctlError(
        f"{place} is not {form.upper()} as it should be: {why.rstrip('.')}.",
        hint='write {"name": …} as mlopsctl connection export, or variable export, shows it',
        code="unreadable",
    )


def _twice(place: str, name: str) -> MlopsctlError:
    return MlopsctlError(
        f"{place} has {name!r} twice, and which of them is meant is not to be guessed.",
        hint="take one of them out",
        code="duplicate",
    )
