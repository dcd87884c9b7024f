"""Airflow's connections: set, exported to a file, parsed from one."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.rest.common import records
from mlopsctl.core import names, urls
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import SETUP_DESCRIPTION, Connection
from mlopsctl.core.result import Message
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.entries import bulk_edit, masking
from mlopsctl.operations.entries.bulk_edit import EntryAction, Known, ParsedFile, check_can_set
from mlopsctl.operations.entries.written import as_json, as_text
from mlopsctl.operations.platform import Platform

NOUN = "connection"
TEXT_FIELDS = ("conn_type", "description", "host", "login", "password", "schema")

Fields = dict[str, Any]
ReadUris = Callable[[Mapping[str, str]], Mapping[str, Any]]


def plan_set(name: str, fields: Fields, known: Known) -> Plan:
    """Create a connection, or change the given fields of one. Raises UsageError for an invalid name of a new one,
    MlopsctlError for what Airflow would reject."""
    check_can_set(names.CONNECTION, name, known)
    if name in known:
        _validate(name, {"conn_type": "unchanged", **fields})
        changes = ", ".join(key.removeprefix("conn_") for key in fields)
        return Plan((PlannedStep(name, f"change {changes}" if changes else ""),))
    if not fields.get("conn_type"):
        raise MlopsctlError(
            f"there is no connection {name!r} yet, and a new one needs a type.",
            hint=Hint.of("connection", "set", name, "--type", "mysql"),
            code="no-type",
        )
    _validate(name, fields)
    return Plan((PlannedStep(name, EntryAction.CREATE),))


def run_set(api: AirflowApi, plan: Plan, fields: Fields, known: Known) -> Iterator[Step]:
    start = time.monotonic()
    (step,) = plan.steps
    if not step.what:
        yield Step(step.name, StepState.OK, "unchanged")
        return
    old = known.get(step.name)
    required = {"conn_type": old.conn_type} if isinstance(old, Connection) else {}
    api.set_connections({step.name: required | fields})
    detail = "created" if step.what == EntryAction.CREATE else step.what.replace("change", "changed", 1)
    yield Step(step.name, StepState.CHANGED, detail, time.monotonic() - start)


def _validate(name: object, fields: Mapping[str, Any]) -> None:
    """Raises MlopsctlError for what Airflow would reject."""
    why = next(filter(None, (_wrong_field(key, value) for key, value in fields.items())), "")
    if not why and not fields.get("conn_type"):
        why = "conn_type is missing"
    if why:
        raise _invalid(name, why)


def _invalid(name: object, why: str, hint: Hint | None = None) -> MlopsctlError:
    hint = hint or Hint.of("connection", "export", note="shows the format")
    return MlopsctlError(f"invalid connection {names.shown(name)}: {why}.", hint=hint, code="invalid")


def _wrong_field(key: object, value: object) -> str:
    if key in TEXT_FIELDS:
        return "" if isinstance(value, str) else f"{key} must be text"
    if key == "port":
        valid = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65536
        return "" if valid else "port must be a number from 1 to 65535"
    if key == "extra":
        return "" if isinstance(value, dict) else "extra must be a JSON object"
    return f"there is no field {key!r}"


def read_with_secrets(platform: Platform) -> list[Connection]:
    """All connections. Starts Airflow's Python, which takes seconds."""
    return [records.connection(raw) for raw in bulk_edit.read_with_secrets(platform, NOUN)]


def data(connection: Connection) -> Fields:
    """As `connection list --json` shows it, with secrets masked."""
    row = {
        "name": connection.name,
        "type": connection.conn_type,
        "host": connection.host,
        "port": connection.port,
        "login": connection.login,
        "password": connection.password or None,
        "schema": connection.schema,
        "extra": connection.extra,
        "description": connection.description,
    }
    masked: Fields = masking.mask(row)
    return masked


def address(row: Fields) -> str:
    """`login@host:port/schema`, without the parts that are missing."""
    server = f"{row['host']}:{row['port']}" if row["port"] else row["host"]
    login = f"{row['login']}@" if row["login"] else ""
    return f"{login}{server}{'/' if row['schema'] else ''}{row['schema']}"


def export(connections: list[Connection], *, secrets: bool) -> tuple[dict[str, Fields], list[str]]:
    """The content of a file, by name; and what was left out because it is secret, as `name: field`."""
    entries, left_out = {}, []
    for connection in connections:
        fields = _fields(connection)
        kept = fields if secrets else {key: masking.strip_secrets(value, key) for key, value in fields.items()}
        left_out += [f"{connection.name}: {key}" for key in fields if kept[key] != fields[key]]
        entries[connection.name] = {key: value for key, value in kept.items() if value is not None}
    return entries, left_out


def _fields(connection: Connection) -> Fields:
    """In the format of Airflow's files, without empty fields."""
    fields = {key: getattr(connection, key) for key in (*TEXT_FIELDS, "port", "extra")}
    return {key: value for key, value in fields.items() if value or key == "conn_type"}


def read_uris(platform: Platform, uris: Mapping[str, str]) -> dict[str, Any]:
    """The fields of connections that are written as URIs, and why others were refused: Airflow's Python parses them."""
    return platform.airflow.run_script("read_uris", {"uris": dict(uris)})


def cannot_read_uris(uris: Mapping[str, str]) -> MlopsctlError:
    """Without Airflow's Python."""
    return MlopsctlError(
        f"only Airflow's own Python reads connections that are written as URIs ({', '.join(sorted(uris))}), and a "
        "context has none.",
        hint="write it as an object, with conn_type, host, port, login, password, schema and extra",
        code="needs-home",
    )


def parse(read: ReadUris, entries: Mapping[Any, Any]) -> ParsedFile:
    """The connections in the entries of a file. `read`: reads those that are written as URIs, in one call."""
    entries = {name: _parse_json(value) for name, value in entries.items()}
    uris = {name: value for name, value in entries.items() if isinstance(name, str) and isinstance(value, str)}
    found = read(uris) if uris else {"connections": {}, "refused": {}}
    valid: dict[str, Fields] = {}
    errors: dict[str, MlopsctlError] = {}
    for name, value in entries.items():
        try:
            if name in uris and (why := urls.problem(uris[name])):
                raise _invalid(name, why, Hint(note=urls.ENCODE))
            if name in found["refused"]:
                hint = Hint(note="write type://login:password@host:port/schema, with every part percent-encoded")
                raise _invalid(name, f"Airflow cannot parse its URI ({found['refused'][name]})", hint)
            if why := names.problem(names.CONNECTION, name):
                raise _invalid(name, why)
            fields = _normalize(name, found["connections"].get(name, value))
            _validate(name, fields)
            masking.check_not_masked({key: fields.get(key) for key in ("password", "extra")}, "a secret of it")
            valid[name] = fields
        except MlopsctlError as e:
            errors[str(name)] = e
    return ParsedFile(NOUN, valid, errors)


def keep_secret_extras(parsed: ParsedFile, known: Known) -> tuple[ParsedFile, tuple[Message, ...]]:
    """The same file without every extra that lacks secrets of the existing connection, because it was exported without
    them; and messages that name these."""
    valid, messages = dict(parsed.valid), []
    for name, fields in parsed.valid.items():
        old, extra = known.get(name), fields.get("extra")
        if isinstance(old, Connection) and extra is not None and (lost := masking.missing_secrets(old.extra, extra)):
            valid[name] = {key: value for key, value in fields.items() if key != "extra"}
            messages.append(Message(f"keeping the extra of {name}: the file lacks its secrets ({', '.join(lost)})"))
    return replace(parsed, valid=valid), tuple(messages)


def _normalize(name: object, value: object) -> Fields:
    """The fields of an entry. Airflow's own import accepts several forms. Raises MlopsctlError."""
    if not isinstance(value, dict):
        raise _invalid(name, "it must be an object or a URI")
    fields = {key: _field(name, key, item) for key, item in value.items() if item is not None and key != "conn_id"}
    if "extra_dejson" in fields:
        fields["extra"] = fields.pop("extra_dejson")
    if isinstance(fields.get("extra"), str):
        fields["extra"] = _parse_extra(fields["extra"])
    if isinstance(fields.get("port"), str) and fields["port"].isdecimal():
        fields["port"] = int(fields["port"])
    if fields.get("description") == SETUP_DESCRIPTION:  # exported from another home; setup does not manage it here
        del fields["description"]
    return fields


def _field(name: object, key: str, value: Any) -> Any:
    """A login such as 0123 stays what was written."""
    try:
        return as_text(value) if key in TEXT_FIELDS else as_json(value)
    except MlopsctlError as e:
        raise _invalid(name, f"{key}: {e.message}", e.hint) from e


def _parse_extra(text: str) -> Any:
    return _parse_json(text) if text.strip() else {}


def _parse_json(value: Any) -> Any:
    """Text that is a JSON object, as Airflow accepts it in place of a URI; anything else is returned as it is."""
    import json

    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value  # which `_validate` rejects
