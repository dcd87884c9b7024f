"""Class rosters: what a line must contain, and that an invalid one does not affect the others."""

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import User
from mlopsctl.operations.user.roster import RosterEntry, decode, parse, resolve

HEAD = "username,name,email,role\n"
ROLES = ("Admin", "Op", "User")
PROTECTED = ("admin", "mlopsctl")


def resolved(text: str, *users: User, role: str = "User") -> tuple[list[RosterEntry], dict[int, str]]:
    roster = resolve(parse(text, "f"), {u.username: u for u in users}, ROLES, PROTECTED, role)
    return list(roster.entries), {line: error.message for line, error in roster.errors.items()}


def test_a_roster_with_korean_names() -> None:
    entries, errors = resolved(f"{HEAD}kim, 김 민수 ,kim@x.kr,Op\n\n이영희,,,\n")
    assert entries == [
        RosterEntry(2, "kim", "김 민수", "kim@x.kr", "Op"), RosterEntry(4, "이영희", "", "이영희@localhost", "User"),
    ]  # fmt: skip
    assert errors == {}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_encodings_of_spreadsheets_are_accepted(encoding: str) -> None:
    text = f"{HEAD}kim,김민수,kim@x.kr,Op\r\n"
    assert parse(decode(text.encode(encoding), "f"), "f").entries[0].name == "김민수"


def test_a_binary_file_is_rejected() -> None:
    with pytest.raises(MlopsctlError, match="neither UTF-8 nor CP949"):
        decode(b"\x89PNG\r\n\x1a\n\xff\xff", "f")


@pytest.mark.parametrize("head", ["", "kim,Kim,kim@x,Op", "name,email", "username;name", "username,username", "{"])
def test_a_file_without_the_columns_is_rejected(head: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        parse(f"{head}\nx,y,z,w\n", "f")
    assert caught.value.code == "no-roster" and "username,name,email,role" in caught.value.hint.text()


def test_columns_may_be_in_any_order_and_missing() -> None:
    assert parse("Role,Username\nOp,kim\n", "f").entries == (RosterEntry(2, "kim", "", "", "Op"),)


def test_invalid_lines_are_reported_by_number_and_do_not_affect_the_others() -> None:
    text = (
        "a b,x,,\n"  # 2
        "kim,x,,\n"  # 3
        "kim,x,other@x,\n"  # 4
        "lee,x,kim@localhost,\n"  # 5
        "park,x,not an address,\n"  # 6
        "choi,x,,Boss\n"  # 7
        "admin,x,,Admin\n"  # 8
        "jung,x\n"  # 9
        "yoon,x,OLD@x,\n"  # 10
        "han,x,,\n"  # 11
        "Han,x,Han@y,\n"  # 12
        "OLD,x,,\n"  # 13
    )
    entries, errors = resolved(HEAD + text, User("old", "Op", "old@x", "Old"))
    assert [entry.username for entry in entries] == ["kim", "han"]
    assert errors == {
        2: "line 2: invalid username 'a b': it contains ' '; use letters, digits and . _ - @ +.",
        4: "line 4: kim is already in line 3.",
        5: "line 5: kim@localhost is the email address of kim.",
        6: "line 6: invalid email address 'not an address'.",
        7: "line 7: there is no role 'Boss'; choose Admin, Op, User.",
        8: "line 8: admin is an account of the platform.",
        9: "line 9: it has 2 fields instead of 4.",
        10: "line 10: OLD@x is the email address of old.",
        12: "line 12: Han is already in line 11.",
        13: "line 13: OLD is the user old, in other letters.",
    }


def test_missing_fields_keep_their_values_or_get_the_default() -> None:
    entries, errors = resolved("username\nold\nnew\n", User("old", "Op, Viewer", "old@x", "Old"), role="Op")
    assert [(entry.email, entry.role) for entry in entries] == [("old@x", "Op, Viewer"), ("new@localhost", "Op")]
    assert errors == {}


def test_an_unknown_default_role_is_reported_for_entries_without_a_role() -> None:
    entries, errors = resolved(f"{HEAD}a,,,Op\nb,,,\n", role="Chef")
    assert ([entry.username for entry in entries], list(errors)) == (["a"], [3])
