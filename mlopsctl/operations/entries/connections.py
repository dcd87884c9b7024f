"""Airflow's connections: set, deleted, written to a file, read from one."""

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import Connection
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.entries import masking
from mlopsctl.operations.entries.bulk_edit import OURS, Found, Known, check_free
from mlopsctl.operations.platform import Platform

NOUN = "connection"
TEXTS = ("conn_type", "description", "host", "login", "password", "schema")
LONGEST = 200  # characters of a name, as Airflow has it

Fields = dict[str, Any]


def plan_set(name: str, fields: Fields, known: Known) -> Plan:
    """Make a connection, or change the fields that are given. Raises MlopsctlError for what Airflow would not take."""
    check_free(NOUN, name, known)
    made = name not in known
    if made and not fields.get("conn_type"):
        raise MlopsctlError(
            f"there is no connection {name!r} yet, and a new one needs its type.",
            hint=Hint.of("connection", "set", name, "--type", "mysql"),
            code="no-type",
        )
    check(name, fields if made else {"conn_type": "as it is", **fields})
    change = ", ".join(key.removeprefix("conn_") for key in fields)
    return Plan((PlannedStep(name, "make" if made else change and f"change {change}"),))


def set_(api: AirflowApi, plan: Plan, fields: Fields, known: Known) -> Iterator[Step]:
    began = time.monotonic()
    (step,) = plan.steps
    if step.what:
        held = known.get(step.name)
        api.set_connections(
            {step.name: ({"conn_type": held.conn_type} if isinstance(held, Connection) else {}) | fields}
        )
    detail = {"make": "made", "": "nothing was to be changed"}.get(step.what, step.what.replace("change", "changed", 1))
    yield Step(step.name, StepState.CHANGED if step.what else StepState.OK, detail, time.monotonic() - began)


def check(name: object, fields: Mapping[str, Any]) -> None:
    """Raises MlopsctlError for what Airflow would not take."""
    why = _wrong_name(name) or next(filter(None, (_wrong(key, value) for key, value in fields.items())), "")
    if not why and not fields.get("conn_type"):
        why = "it has no conn_type"
    if why:
        raise MlopsctlError(
            f"connection {name} cannot be: {why}.",
            hint=Hint.of("connection", "export", "shows", "the", "form"),
            code="invalid",
        )


def _wrong_name(name: object) -> str:
    fits = isinstance(name, str) and re.fullmatch(r"[\w.-]+", name) and len(name) <= LONGEST
    return "" if fits else f"a name is letters, digits, '_', '-' and '.', {LONGEST} at most"


def _wrong(key: object, value: object) -> str:
    if key in TEXTS:
        return "" if isinstance(value, str) else f"{key} must be text"
    if key == "port":
        fits = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65536
        return "" if fits else "port must be a number from 1 to 65535"
    if key == "extra":
        return "" if isinstance(value, dict) else "extra must be a JSON object"
    return f"there is no field {key!r}"


def data(connection: Connection) -> Fields:
    """As `connection list --json` has it; secrets are masked by who shows it."""
    return {
        "name": connection.name,
        "type": connection.conn_type,
        "host": connection.host,
        "port": connection.port,
        "login": connection.login,
        "password": masking.MASK if connection.password else None,
        "schema": connection.schema,
        "extra": connection.extra,
        "description": connection.description,
    }


def address(row: Fields) -> str:
    """`login@host:port/schema`, as far as there is one."""
    place = f"{row['host']}:{row['port']}" if row["port"] else row["host"]
    account = f"{row['login']}@" if row["login"] else ""
    return f"{account}{place}{'/' if row['schema'] else ''}{row['schema']}"


def export(connections: list[Connection], *, secrets: bool) -> tuple[dict[str, Fields], list[str]]:
    """What goes into a file, by name; and what was left out because it is secret, as `name: field`."""
    entries, out = {}, []
    for connection in connections:
        fields = _fields(connection)
        kept = fields if secrets else {key: masking.left(value, key) for key, value in fields.items()}
        out += [f"{connection.name}: {key}" for key in fields if kept[key] != fields[key]]
        entries[connection.name] = {key: value for key, value in kept.items() if value is not None}
    return entries, out


def _fields(connection: Connection) -> Fields:
    """As Airflow's files have them, without those that are empty."""
    fields = {key: getattr(connection, key) for key in (*TEXTS, "port", "extra")}
    return {key: value for key, value in fields.items() if value or key == "conn_type"}


def found(platform: Platform, entries: Mapping[Any, Any]) -> Found:
    """What a file asks for. Its URIs are read by Airflow itself, in one start of its Python."""
    uris = {name: value for name, value in entries.items() if isinstance(name, str) and isinstance(value, str)}
    read = platform.airflow.run_script("read_uris", {"uris": uris}) if uris else {"connections": {}, "refused": {}}
    ready: dict[str, Fields] = {}
    wrong: dict[str, MlopsctlError] = {}
    for name, value in entries.items():
        try:
            if name in read["refused"]:
                raise MlopsctlError(
                    f"connection {name} cannot be: Airflow does not read its URI ({read['refused'][name]}).",
                    hint="write type://login:password@host:port/schema, its parts percent-encoded",
                    code="invalid",
                )
            fields = normal(name, read["connections"].get(name, value))
            check(name, fields)
            ready[name] = fields
        except MlopsctlError as e:
            wrong[str(name)] = e
    return Found(NOUN, ready, wrong)


def guard(found: Found, known: Known) -> tuple[Found, tuple[str, ...]]:
    """The same, but the extra of a connection stays where it holds secrets that the file lacks, as one
    that was exported without them does; and which that are, in words."""
    ready, notes = dict(found.ready), []
    for name, fields in found.ready.items():
        held = known.get(name)
        extra = fields.get("extra")
        if isinstance(held, Connection) and extra is not None and (lost := masking.lost(held.extra, extra)):
            ready[name] = {key: value for key, value in fields.items() if key != "extra"}
            notes.append(f"the extra of {name} stays: the file lacks what is secret in it ({', '.join(lost)})")
    return replace(found, ready=ready), tuple(notes)


def normal(name: object, value: object) -> Fields:
    """An entry of a file with its fields as `check` wants them: Airflow's own import takes more than one form.
    Raises MlopsctlError."""
    if not isinstance(value, dict):
        raise MlopsctlError(
            f"connection {name} cannot be: it must be an object, or a URI.",
            hint=Hint.of("connection", "export", "shows", "the", "form"),
            code="invalid",
        )
    fields = {key: held for key, held in value.items() if held is not None and key != "conn_id"}
    if "extra_dejson" in fields:
        fields["extra"] = fields.pop("extra_dejson")
    if isinstance(fields.get("extra"), str):
        fields["extra"] = _object(fields["extra"])
    if isinstance(fields.get("port"), str) and fields["port"].isdecimal():
        fields["port"] = int(fields["port"])
    if fields.get("description") == OURS:  # of another home: in this one it is a person's
        del fields["description"]
    return fields


def _object(text: str) -> Any:
    import json

    try:
        return json.loads(text) if text else {}
    except json.JSONDecodeError:
        return text  # which `check` refuses
