"""Users of a roster: every user has a password in the file, and a second import changes nothing."""

import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import User
from mlopsctl.core.states import StepState
from mlopsctl.operations.user.import_roster import PasswordFile, plan, run
from mlopsctl.operations.user.roster import Roster, RosterEntry

KIM = RosterEntry(2, "kim", "김 민수", "kim@x", "Op")
LEE = RosterEntry(3, "lee", "", "lee@x", "User")
INVALID = MlopsctlError("line 4: it has 2 fields instead of 4.", code="wrong-line")


class FakeAirflow:
    """Keeps users. `fails_at`: the user whose creation fails."""

    def __init__(self, file: PasswordFile, fails_at: str = "") -> None:
        self.file, self.fails_at = file, fails_at
        self.users: dict[str, User] = {}
        self.passwords: dict[str, str] = {}

    def create_user(self, username: str, role: str, email: str, password: str, name: str) -> None:
        assert self.file.read()[username][3] == password, "the password is already in the file"
        if username == self.fails_at:
            raise MlopsctlError("Airflow refused.", hint=Hint.of("status"))
        self.users[username] = User(username, role, email, name or username)
        self.passwords[username] = password

    def update_user(self, username: str, **changes: str) -> None:
        assert all(changes.values())
        self.users[username] = replace(self.users[username], **changes)


def imported(airflow: Any, *entries: RosterEntry, wrong: dict[int, MlopsctlError] | None = None) -> list[str]:
    roster, users = Roster(entries, wrong or {}), dict(airflow.users)
    steps = run(airflow, roster, users, airflow.file)
    return [f"{s.name} {s.state}: {s.detail}" for s in steps if s.state is not StepState.RUNNING]


@pytest.fixture
def file(tmp_path: Path) -> PasswordFile:
    return PasswordFile(tmp_path / "한글" / "passwords.csv")


def test_a_roster_is_imported_once(file: PasswordFile) -> None:
    airflow = FakeAirflow(file)
    assert imported(airflow, KIM, LEE, wrong={4: INVALID}) == [
        "kim changed: created with role Op", "lee changed: created with role User",
        "line 4 failed: line 4: it has 2 fields instead of 4.",
    ]  # fmt: skip
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    written = file.path.read_text(encoding="utf-8")
    assert written.splitlines()[0] == "username,name,email,password" and "김 민수" in written
    assert airflow.passwords["kim"] != airflow.passwords["lee"] and len(airflow.passwords["kim"]) == 12
    assert imported(airflow, KIM, LEE) == ["kim ok: unchanged", "lee ok: unchanged"]
    assert file.path.read_text(encoding="utf-8") == written


def test_fields_that_differ_are_updated(file: PasswordFile) -> None:
    airflow = FakeAirflow(file)
    airflow.users["kim"] = User("kim", "Viewer", "old@x", "kim")
    assert imported(airflow, KIM) == ["kim changed: role Viewer → Op, email old@x → kim@x, name kim → 김 민수"]
    assert airflow.users["kim"] == User("kim", "Op", "kim@x", "김 민수") and not file.path.exists(), (
        "no password was generated"
    )


def test_fields_that_do_not_differ_are_not_sent(file: PasswordFile) -> None:
    """Airflow does not accept several roles as one string."""
    airflow = FakeAirflow(file)
    airflow.users["kim"] = User("kim", "Op, Viewer", "old@x", "김 민수")
    assert imported(airflow, replace(KIM, role="Op, Viewer")) == ["kim changed: email old@x → kim@x"]
    assert airflow.users["kim"] == User("kim", "Op, Viewer", "kim@x", "김 민수")
    assert imported(airflow, replace(KIM, role="Op, Viewer", name="김 민지")) == ["kim changed: name 김 민수 → 김 민지"]
    assert imported(airflow, replace(KIM, role="Op, Viewer", name="")) == ["kim ok: unchanged"]


def test_a_failed_user_does_not_affect_the_others_and_is_created_next_time(file: PasswordFile) -> None:
    airflow = FakeAirflow(file, fails_at="kim")
    assert imported(airflow, KIM, LEE) == ["kim failed: Airflow refused.", "lee changed: created with role User"]
    password = file.read()["kim"][3]
    airflow.fails_at = ""
    assert imported(airflow, KIM, LEE)[0] == "kim changed: created with role Op"
    assert airflow.passwords["kim"] == password, "the password in the file stays valid"


@pytest.mark.parametrize("text", ["another secret", "", "username,name,email,password\nkim\n", "\x00"])
def test_a_file_that_is_not_a_password_file_is_not_changed(file: PasswordFile, text: str) -> None:
    file.path.parent.mkdir()
    file.path.write_text(text)
    for call in (lambda: file.add([KIM]), lambda: plan(Roster((KIM,), {}), {}, file)):
        with pytest.raises(MlopsctlError) as caught:
            call()
        assert caught.value.code == "real-file" and "--passwords" in caught.value.hint.command
    assert file.path.read_text() == text


def test_the_plan_names_the_password_file_if_users_are_created(file: PasswordFile) -> None:
    roster = Roster((KIM,), {4: INVALID})
    new = plan(roster, {}, file)
    assert [step.what for step in new.steps] == ["create with role Op", f"skip: {INVALID.message}"]
    assert str(file.path) in str(new.notes[0]) and not file.path.exists()
    assert plan(roster, {"kim": User("kim", "Op", "kim@x", "김 민수")}, file).notes == ()
