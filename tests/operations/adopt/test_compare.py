"""What happens to the entries of the other Airflow."""

from collections.abc import Mapping

import pytest

from mlopsctl.core.hint import Hint
from mlopsctl.core.model import SETUP_DESCRIPTION
from mlopsctl.operations.adopt.compare import Action, compare
from mlopsctl.operations.adopt.contents import Contents, Fields, Kind

LAKE = {"conn_type": "postgres", "description": None, "host": "h", "extra": '{"a": 1, "b": 2}'}
KIM = {"email": "kim@h", "password": "pbkdf2:x", "active": True, "roles": ["Op"]}


def contents(entries: Mapping[Kind, Mapping[str, Fields]], unreadable: Mapping[str, str] | None = None) -> Contents:
    return Contents("2.7", {kind: entries.get(kind, {}) for kind in Kind}, unreadable or {})


def action(kind: Kind, name: str, fields: Fields, known: Mapping[str, Fields], *, overwrite: bool = False) -> Action:
    theirs, ours = contents({kind: {name: fields}}), contents({kind: known})
    (item,) = compare(theirs, ours, {"admin"}, Hint(), overwrite=overwrite)
    assert (item.kind, item.name) == (kind, name)
    return item.action


def test_what_is_missing_here_is_created() -> None:
    assert action(Kind.CONNECTION, "lake", LAKE, {}) == Action.CREATE


@pytest.mark.parametrize("known", [LAKE, {**LAKE, "description": ""}, {**LAKE, "extra": '{"b":2,"a":1}'}])
def test_an_equal_entry_is_unchanged(known: Fields) -> None:
    assert action(Kind.CONNECTION, "lake", LAKE, {"lake": known}, overwrite=True) == Action.UNCHANGED


@pytest.mark.parametrize("known", [{**LAKE, "host": "other"}, {**LAKE, "extra": "not JSON"}])
def test_a_different_entry_is_replaced_only_on_request(known: Fields) -> None:
    assert action(Kind.CONNECTION, "lake", LAKE, {"lake": known}) == Action.KEEP
    assert action(Kind.CONNECTION, "lake", LAKE, {"lake": known}, overwrite=True) == Action.REPLACE


def test_entries_and_accounts_of_setup_are_never_replaced() -> None:
    ours = {**LAKE, "description": SETUP_DESCRIPTION}
    assert action(Kind.CONNECTION, "lake", LAKE, {"lake": ours}, overwrite=True) == Action.MANAGED
    assert action(Kind.CONNECTION, "theirs", ours, {}, overwrite=True) == Action.MANAGED
    assert action(Kind.USER, "Admin", KIM, {}, overwrite=True) == Action.MANAGED


def test_a_role_that_exists_is_kept_and_users_are_found_in_any_case() -> None:
    assert action(Kind.ROLE, "A", {"permissions": [["x", "y"]]}, {"A": {"permissions": []}}) == Action.UNCHANGED
    assert action(Kind.USER, "Kim", KIM, {"kim": KIM}) == Action.UNCHANGED


def test_what_cannot_be_adopted_is_named_with_the_reason() -> None:
    theirs: dict[Kind, dict[str, Fields]] = {
        Kind.USER: {"ldap": {**KIM, "password": None}}, Kind.VARIABLE: {"a": {}, "b": {}},
    }  # fmt: skip
    hint = Hint.of("adopt", "--fernet-key-file")
    items = compare(contents(theirs, {"variable a": "no key"}), contents({}), set(), hint, overwrite=True)
    assert {item.title: (item.action, item.hint.command[:1]) for item in items} == {
        "variable b": (Action.CREATE, ()), "user ldap": (Action.SKIP, ("user",)),
        "variable a": (Action.SKIP, ("adopt",)),
    }  # fmt: skip
    assert "LDAP" in items[1].why
