"""What a file of connections or variables is: entries by name, as Airflow exports them, the `airflow_settings.yaml` of
an Astro project, or an answer of Airflow's REST API."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message
from mlopsctl.core.text import plural
from mlopsctl.operations.entries.written import as_text

CONNECTION, VARIABLE = "connection", "variable"
ASTRO_SECTIONS = {"connections", "pools", "variables"}
REST_PAGING = {"total_entries", "next_cursor", "previous_cursor"}
NAME_KEYS = ("conn_id", "connection_id", "variable_name", "key")
FIELDS = ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")

Entries = dict[Any, Any]


@dataclass(frozen=True)
class FileContent:
    """`entries`: of the wanted noun, by name, as in Airflow's own exports. `notes`: about what else the file holds."""

    entries: Entries
    notes: tuple[Message, ...] = ()


def read(content: Entries, noun: str, file: str) -> FileContent:
    """The connections or the variables (`noun`) of a file. Raises MlopsctlError if the file holds the other."""
    if _is_astro(content):
        return _read_astro(content["airflow"], noun, file)
    for other in (CONNECTION, VARIABLE):
        if _is_rest(content, other):
            if other != noun:
                raise _other_noun(other, noun, file)
            return _read_rest(content, noun, file)
    if noun == VARIABLE and _are_connections(content.values()):
        raise _other_noun(CONNECTION, noun, file)
    return FileContent(content)


def _is_astro(content: Entries) -> bool:
    sections = content.get("airflow")
    return (
        len(content) == 1
        and isinstance(sections, dict)
        and bool(sections)
        and set(sections) <= ASTRO_SECTIONS
        and all(section is None or _is_list_of_objects(section) for section in sections.values())
    )


def _is_rest(content: Entries, noun: str) -> bool:
    extra = set(content) - REST_PAGING
    return "total_entries" in content and extra == {f"{noun}s"} and _is_list_of_objects(content[f"{noun}s"])


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _are_connections(values: Iterable[Any]) -> bool:
    listed = list(values)
    return bool(listed) and all(isinstance(value, dict) and "conn_type" in value for value in listed)


def _other_noun(found: str, noun: str, file: str) -> MlopsctlError:
    return MlopsctlError(
        f"{file} holds {found}s, not {noun}s.", hint=Hint.of(found, "import", file), code="other-entries"
    )


def _read_astro(sections: Mapping[str, Any], noun: str, file: str) -> FileContent:
    """The template of the Astro CLI has an empty entry in each section."""
    filled = {
        name: [item for item in section or () if any(value not in (None, "") for value in item.values())]
        for name, section in sections.items()
    }
    convert = _astro_connection if noun == CONNECTION else _astro_variable
    entries = _by_name(((item, convert(item)) for item in filled.get(f"{noun}s", ())), noun, file)
    other = VARIABLE if noun == CONNECTION else CONNECTION
    notes = []
    if number := len(filled.get(f"{other}s", ())):
        notes.append(Message(f"{file} also holds {plural(number, other)}", hint=Hint.of(other, "import", file)))
    notes += [_pool_note(pool, file) for pool in filled.get("pools", ()) if pool.get("pool_name")]
    return FileContent(entries, tuple(notes))


def _astro_connection(item: Mapping[str, Any]) -> Any:
    if item.get("conn_uri"):
        return item["conn_uri"]
    keys = {"conn_type": "conn_type"} | {name: f"conn_{name}" for name in FIELDS if name != "conn_type"}
    return {name: item[key] for name, key in keys.items() if item.get(key) not in (None, "")}


def _astro_variable(item: Mapping[str, Any]) -> Any:
    return {"value": item.get("variable_value"), "description": None}


def _pool_note(pool: Mapping[str, Any], file: str) -> Message:
    name, slots = as_text(pool["pool_name"]), as_text(pool.get("pool_slot")) or "1"
    command = ("airflow", "--", "pools", "set", name, slots, as_text(pool.get("pool_description")) or "")
    return Message(f"{file} also holds the pool {name}", hint=Hint.of(*command))


def _read_rest(content: Entries, noun: str, file: str) -> FileContent:
    convert = _rest_connection if noun == CONNECTION else _rest_variable
    listed = content[f"{noun}s"]
    entries = _by_name(((item, convert(item)) for item in listed), noun, file)
    total = content["total_entries"]
    missing = isinstance(total, int) and total > len(listed)
    note = Message.warning(f"{file} is one page of an answer: {len(listed)} of {plural(total, noun)}")
    return FileContent(entries, (note,) if missing else ())


def _rest_connection(item: Mapping[str, Any]) -> Any:
    return {name: item[name] for name in FIELDS if item.get(name) is not None}


def _rest_variable(item: Mapping[str, Any]) -> Any:
    return {"value": item.get("value"), "description": item.get("description")}


def _by_name(items: Iterable[tuple[Mapping[str, Any], Any]], noun: str, file: str) -> Entries:
    """Raises MlopsctlError for an entry without a name, and for a name that occurs twice."""
    entries: Entries = {}
    for number, (item, entry) in enumerate(items, 1):
        name = as_text(next((item[key] for key in NAME_KEYS if item.get(key) not in (None, "")), None))
        if not name:
            raise MlopsctlError(
                f"{noun} number {number} of {file} has no name.", hint=f"add one to it: {file}", code="unreadable"
            )
        if name in entries:
            raise MlopsctlError(f"{file} contains {name!r} twice.", hint="remove one of the two", code="duplicate")
        entries[name] = entry
    return entries
