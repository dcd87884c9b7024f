"""Users of a roster: whoever exists has a password in the file, and the same roster again changes nothing."""

import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import User
from mlopsctl.operations.user.import_roster import Passwords, plan, run
from mlopsctl.operations.user.roster import Person, Roster

KIM = Person(2, "kim", "김 민수", "kim@x", "Op")
LEE = Person(3, "lee", "", "lee@x", "User")
WRONG = MlopsctlError("line 4: it has 2 fields instead of 4.", hint="mend", code="wrong-line")


class Fab:
    """Keeps users; `dies_at`: whose making fails."""

    def __init__(self, file: Passwords, dies_at: str = "") -> None:
        self.file, self.dies_at = file, dies_at
        self.users: dict[str, User] = {}
        self.passwords: dict[str, str] = {}

    def create_user(self, username: str, role: str, email: str, password: str, name: str) -> None:
        assert self.file.read()[username][3] == password, "who exists can log in, whatever happens now"
        if username == self.dies_at:
            raise MlopsctlError("Airflow refused.", hint="mlopsctl status")
        self.users[username] = User(username, role, email, name or username)
        self.passwords[username] = password

    def update_user(self, username: str, **changes: str) -> None:
        assert all(changes.values())
        self.users[username] = replace(self.users[username], **changes)


def imported(fab: Any, *people: Person, wrong: dict[int, MlopsctlError] | None = None) -> list[str]:
    roster, users = Roster(people, wrong or {}), dict(fab.users)
    steps = run(fab, plan(roster, users), roster, users, fab.file)
    return [f"{s.name} {s.state}: {s.detail}" for s in steps if s.state != "running"]


@pytest.fixture
def file(tmp_path: Path) -> Passwords:
    return Passwords(tmp_path / "한글" / "passwords.csv")


def test_a_roster_is_made_once(file: Passwords) -> None:
    fab = Fab(file)
    assert imported(fab, KIM, LEE, wrong={4: WRONG}) == [
        "kim changed: made with role Op", "lee changed: made with role User",
        "line 4 failed: line 4: it has 2 fields instead of 4.",
    ]  # fmt: skip
    assert stat.S_IMODE(file.file.stat().st_mode) == 0o600
    written = file.file.read_text(encoding="utf-8")
    assert written.splitlines()[0] == "username,name,email,password" and "김 민수" in written
    assert fab.passwords["kim"] != fab.passwords["lee"] and len(fab.passwords["kim"]) == 12
    assert imported(fab, KIM, LEE) == ["kim ok: is there already", "lee ok: is there already"]
    assert file.file.read_text(encoding="utf-8") == written


def test_what_the_roster_says_otherwise_is_changed(file: Passwords) -> None:
    fab = Fab(file)
    fab.users["kim"] = User("kim", "Viewer", "old@x", "kim")
    assert imported(fab, KIM) == ["kim changed: role Viewer → Op, email old@x → kim@x, name kim → 김 민수"]
    assert fab.users["kim"] == User("kim", "Op", "kim@x", "김 민수") and not file.file.exists(), "no password was made"


def test_what_does_not_differ_is_not_sent(file: Passwords) -> None:
    """Of several roles Airflow takes no list by names in one word."""
    fab = Fab(file)
    fab.users["kim"] = User("kim", "Op, Viewer", "old@x", "김 민수")
    assert imported(fab, replace(KIM, role="Op, Viewer")) == ["kim changed: email old@x → kim@x"]
    assert fab.users["kim"] == User("kim", "Op, Viewer", "kim@x", "김 민수")
    assert imported(fab, replace(KIM, role="Op, Viewer", name="김 민지")) == ["kim changed: name 김 민수 → 김 민지"]
    assert imported(fab, replace(KIM, role="Op, Viewer", name="")) == ["kim ok: is there already"]


def test_one_who_cannot_be_made_stops_no_other_and_is_made_the_next_time(file: Passwords) -> None:
    fab = Fab(file, dies_at="kim")
    assert imported(fab, KIM, LEE) == ["kim failed: Airflow refused.", "lee changed: made with role User"]
    promised = file.read()["kim"][3]
    fab.dies_at = ""
    assert imported(fab, KIM, LEE)[0] == "kim changed: made with role Op"
    assert fab.passwords["kim"] == promised, "what somebody may have been told already"


@pytest.mark.parametrize("text", ["a secret of somebody", "", "username,name,email,password\nkim\n", "\x00"])
def test_a_file_that_is_something_else_stays(file: Passwords, text: str) -> None:
    file.file.parent.mkdir()
    file.file.write_text(text)
    with pytest.raises(MlopsctlError, match="no file of passwords") as caught:
        file.make([KIM])
    assert file.file.read_text() == text and "--passwords OTHER" in caught.value.hint.text()
