"""Class rosters: what a line must be, and that a wrong one stops no other."""

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import User
from mlopsctl.operations.user.roster import Person, decode, parse, settle

HEAD = "username,name,email,role\n"
ROLES = ("Admin", "Op", "User")
KEPT = ("admin", "mlopsctl")


def settled(text: str, *users: User, role: str = "User") -> tuple[list[Person], dict[int, str]]:
    roster = settle(parse(text, "f"), {u.username: u for u in users}, ROLES, KEPT, role)
    return list(roster.people), {line: error.message for line, error in roster.wrong.items()}


def test_a_roster_with_korean_names() -> None:
    people, wrong = settled(f"{HEAD}kim, 김 민수 ,kim@x.kr,Op\n\n이영희,,,\n")
    assert people == [
        Person(2, "kim", "김 민수", "kim@x.kr", "Op"), Person(4, "이영희", "", "이영희@localhost", "User"),
    ]  # fmt: skip
    assert wrong == {}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_what_spreadsheets_write_is_read(encoding: str) -> None:
    text = f"{HEAD}kim,김민수,kim@x.kr,Op\r\n"
    assert parse(decode(text.encode(encoding), "f"), "f").people[0].name == "김민수"


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(MlopsctlError, match="neither UTF-8 nor CP949"):
        decode(b"\x89PNG\r\n\x1a\n\xff\xff", "f")


@pytest.mark.parametrize("head", ["", "kim,Kim,kim@x,Op", "name,email", "username;name", "username,username", "{"])
def test_a_file_that_does_not_begin_as_a_roster_is_refused(head: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        parse(f"{head}\nx,y,z,w\n", "f")
    assert caught.value.code == "no-roster" and "username,name,email,role" in caught.value.hint.text()


def test_columns_may_stand_in_any_order_and_be_left_out() -> None:
    assert parse("Role,Username\nOp,kim\n", "f").people == (Person(2, "kim", "", "", "Op"),)


def test_what_is_wrong_with_a_line_is_named_by_its_number_and_the_others_stay() -> None:
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
    )
    people, wrong = settled(HEAD + text, User("old", "Op", "old@x", "Old"))
    assert [p.username for p in people] == ["kim", "han"]
    assert wrong == {
        2: "line 2: 'a b' is no username: letters, digits and . _ - @ +, 64 at most.",
        4: "line 4: kim stands in line 3 already.",
        5: "line 5: kim@localhost is the address of kim.",
        6: "line 6: 'not an address' is no email address.",
        7: "line 7: there is no role 'Boss', but Admin, Op, User.",
        8: "line 8: admin is an account of the platform.",
        9: "line 9: it has 2 fields instead of 4.",
        10: "line 10: OLD@x is the address of old.",
    }


def test_what_a_roster_does_not_say_stays_as_it_is() -> None:
    people, wrong = settled("username\nold\nnew\n", User("old", "Op, Viewer", "old@x", "Old"), role="Op")
    assert [(p.email, p.role) for p in people] == [("old@x", "Op, Viewer"), ("new@localhost", "Op")]
    assert wrong == {}


def test_a_default_role_that_does_not_exist_is_told_for_those_who_need_it() -> None:
    people, wrong = settled(f"{HEAD}a,,,Op\nb,,,\n", role="Chef")
    assert [p.username for p in people] == ["a"] and wrong == {
        3: "line 3: there is no role 'Chef', but Admin, Op, User."
    }
