"""Files in the formats of `airflow connections|variables import`: JSON or YAML with one object, or lines NAME=VALUE."""

import json
from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from mlopsctl.core import strict_json
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.operations.entries.written import keep

if TYPE_CHECKING:
    import yaml


MAX_VALUES = 10**6  # in a YAML file


class FileFormat(StrEnum):
    JSON = "json"
    YAML = "yaml"
    ENV = "env"


_SUFFIXES = {
    ".json": FileFormat.JSON,
    ".yaml": FileFormat.YAML,
    ".yml": FileFormat.YAML,
    ".env": FileFormat.ENV,
}


def format_of(file: str, given: FileFormat | None = None) -> FileFormat:
    """`given`, or by the suffix of the file; JSON for `-`. Raises UsageError for any other suffix."""
    if given or file == "-":
        return given or FileFormat.JSON
    suffix = PurePath(file).suffix.lower()
    if suffix not in _SUFFIXES:
        raise UsageError(f"cannot tell the format of {file} from its name.", hint="add --format json, or --format yaml")
    return _SUFFIXES[suffix]


def dump(entries: dict[str, Any], file_format: FileFormat) -> str:
    if file_format == FileFormat.JSON:
        return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"
    import yaml

    return str(yaml.safe_dump(entries, allow_unicode=True, sort_keys=False))


def parse(text: str, file_format: FileFormat, file: str) -> dict[Any, Any]:
    """Entries by name. Values whose text would be lost are `Written`. Raises MlopsctlError if the text is invalid, is
    not an object, or contains a key twice (of which Airflow's own import silently uses the last)."""
    parsers = {FileFormat.JSON: _parse_json, FileFormat.YAML: _parse_yaml, FileFormat.ENV: _parse_env}
    parsed = parsers[file_format](text, file)
    if not isinstance(parsed, dict):
        raise _unreadable(file, "it must be an object", file_format)
    return parsed


def _parse_json(text: str, file: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if (twice := strict_json.find_duplicate(pairs)) is not None:
            raise _duplicate(file, twice)
        return dict(pairs)

    try:
        return strict_json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as e:
        raise _unreadable(f"{file}, line {e.lineno}", e.msg, FileFormat.JSON) from e
    except ValueError as e:
        raise _unreadable(file, str(e), FileFormat.JSON) from e


def _parse_yaml(text: str, file: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        """Rejects duplicate keys."""

    def unique(loader: "yaml.SafeLoader", node: "yaml.MappingNode") -> dict[Any, Any]:
        own = [key for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        keys = [loader.construct_object(key, deep=True) for key in own]
        if twice := next((key for n, key in enumerate(keys) if key in keys[:n]), None):
            raise _duplicate(f"{file}, line {node.start_mark.line + 1}", str(twice))
        mapping: dict[Any, Any] = yaml.SafeLoader.construct_mapping(loader, node, deep=True)
        return mapping

    def scalar(loader: "yaml.SafeLoader", node: "yaml.ScalarNode") -> Any:
        construct = yaml.SafeLoader.yaml_constructors[node.tag]
        return keep(construct(loader, node), node.value)

    Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, unique)
    for kind in ("bool", "int", "float", "timestamp"):
        Loader.add_constructor(f"tag:yaml.org,2002:{kind}", scalar)
    try:
        parsed = yaml.load(text, Loader)  # noqa: S506  # a SafeLoader
        if _count_values(parsed, {}) > MAX_VALUES:
            raise _unreadable(file, f"its aliases stand for more than {MAX_VALUES:,} values", FileFormat.YAML)
        return parsed
    except yaml.MarkedYAMLError as e:
        where = f"{file}, line {e.problem_mark.line + 1}" if e.problem_mark else file
        raise _unreadable(where, e.problem or "it cannot be read", FileFormat.YAML) from e
    except (yaml.YAMLError, RecursionError, ValueError) as e:
        raise _unreadable(file, " ".join(str(e).split()), FileFormat.YAML) from e


def _count_values(value: Any, known: dict[int, int]) -> int:
    """The values in `value`, those behind an alias each time: a few nested aliases can stand for billions. `known`: the
    counts by id."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        known[id(value)] = 0
        items = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_count_values(item, known) for item in items)
    return known[id(value)]


def _parse_env(text: str, file: str) -> dict[str, str]:
    entries: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, equals, value = line.partition("=")
        if not line.strip() or line.startswith("#"):
            continue
        if not equals:
            raise _unreadable(f"{file}, line {number}", "it has no =", FileFormat.ENV)
        if name.strip() in entries:
            raise _duplicate(f"{file}, line {number}", name.strip())
        entries[name.strip()] = value.strip()
    return entries


def _unreadable(where: str, why: str, file_format: FileFormat) -> MlopsctlError:
    return MlopsctlError(
        f"{where} is not valid {file_format.upper()}: {why.rstrip('.')}.",
        hint="write lines NAME=VALUE" if file_format == FileFormat.ENV else 'write one object: {"NAME": …}',
        code="unreadable",
    )


def _duplicate(where: str, name: str) -> MlopsctlError:
    return MlopsctlError(f"{where} contains {name!r} twice.", hint="remove one of the two", code="duplicate")
