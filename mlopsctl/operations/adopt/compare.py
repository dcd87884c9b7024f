"""Decide what happens to each entry: created, replaced or kept."""

import contextlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mlopsctl.core.hint import NO_HINT, Hint
from mlopsctl.core.model import SETUP_DESCRIPTION
from mlopsctl.operations.adopt.contents import Contents, Fields, Kind


class Action(StrEnum):
    """`KEEP`: it exists here with another value."""

    CREATE = "create"
    REPLACE = "replace"
    UNCHANGED = "unchanged"
    KEEP = "keep"
    MANAGED = "managed"
    SKIP = "skip"

    @property
    def writes(self) -> bool:
        return self in (Action.CREATE, Action.REPLACE)


@dataclass(frozen=True)
class Item:
    """An entry of the other Airflow. `why`: it is skipped, and `hint` what to do about it."""

    kind: Kind
    name: str
    action: Action
    fields: Fields = field(default_factory=dict, repr=False)
    why: str = ""
    hint: Hint = NO_HINT

    @property
    def title(self) -> str:
        return f"{self.kind} {self.name}"


def compare(
    theirs: Contents, ours: Contents, accounts: Collection[str], key_hint: Hint, *, overwrite: bool
) -> list[Item]:
    """`accounts`: the users of this platform that no other replaces. `key_hint`: how to give another Fernet key."""
    items = [
        _item(kind, name, fields, _find(kind, name, ours), accounts, overwrite=overwrite)
        for kind in Kind
        for name, fields in theirs.entries[kind].items()
        if f"{kind} {name}" not in theirs.unreadable
    ]
    return [*items, *_unreadable(theirs, key_hint)]


def _unreadable(theirs: Contents, key_hint: Hint) -> Iterator[Item]:
    for title, why in theirs.unreadable.items():
        kind, _, name = title.partition(" ")
        yield Item(Kind(kind), name, Action.SKIP, why=why, hint=key_hint)


def _find(kind: Kind, name: str, ours: Contents) -> Fields | None:
    """FAB does not distinguish upper and lower case in the names of users."""
    entries = ours.entries[kind]
    if kind != Kind.USER:
        return entries.get(name)
    return next((fields for known, fields in entries.items() if known.lower() == name.lower()), None)


def _item(
    kind: Kind, name: str, fields: Fields, known: Fields | None, accounts: Collection[str], *, overwrite: bool
) -> Item:
    if kind == Kind.USER and not fields["password"]:
        why = "it has no password in the database; LDAP or another service checks it"
        return Item(kind, name, Action.SKIP, why=why, hint=Hint.of("user", "create", name))
    return Item(kind, name, _action(kind, name, fields, known, accounts, overwrite=overwrite), fields)


def _action(
    kind: Kind, name: str, fields: Fields, known: Fields | None, accounts: Collection[str], *, overwrite: bool
) -> Action:
    described = [entry.get("description") for entry in (fields, known or {})]
    if SETUP_DESCRIPTION in described or (kind == Kind.USER and name.lower() in accounts):
        return Action.MANAGED
    if known is None:
        return Action.CREATE
    # A role that exists here is kept: its permissions are those of this release.
    if kind == Kind.ROLE or _comparable(fields) == _comparable(known):
        return Action.UNCHANGED
    return Action.REPLACE if overwrite else Action.KEEP


def _comparable(fields: Fields) -> Mapping[str, Any]:
    """Empty text and none are the same, and an extra is compared as JSON."""
    plain: dict[str, Any] = {key: None if value == "" else value for key, value in fields.items()}
    if plain.get("extra"):
        with contextlib.suppress(ValueError):
            plain["extra"] = json.loads(plain["extra"]) or None
    return plain
