"""Import a roster: create missing users and update those that differ. No user is ever deleted."""

import csv
import io
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters import files
from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import User
from mlopsctl.core.result import Message
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.user.roster import Roster, RosterEntry

Users = Mapping[str, User]
HEADER = ["username", "name", "email", "password"]


@dataclass(frozen=True)
class PasswordFile:
    """The generated passwords, in a file that only its owner can read. A password is written before its user is
    created, so that every user has a known password even if the command is killed."""

    path: Path

    def read(self) -> dict[str, list[str]]:
        """Rows by username. Raises MlopsctlError if the file is something else."""
        try:
            rows = list(csv.reader(io.StringIO(self.path.read_text(encoding="utf-8"))))
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError, csv.Error) as e:
            raise self._foreign() from e
        if rows[:1] != [HEADER] or any(len(row) != len(HEADER) for row in rows):
            raise self._foreign()
        return {row[0]: row for row in rows[1:]}

    def _foreign(self) -> MlopsctlError:
        return MlopsctlError(
            f"{self.path} exists and is not a password file of mlopsctl.",
            hint=Hint.of("user", "import", "FILE", "--passwords", "OTHER", note="uses another file"),
            code="real-file",
        )

    def add(self, entries: list[RosterEntry]) -> dict[str, str]:
        """Add a password for each; returns all passwords by username. An existing one is kept."""
        rows = self.read()
        for entry in entries:
            password = rows[entry.username][3] if entry.username in rows else secrets.token_urlsafe(9)
            rows[entry.username] = [entry.username, entry.name, entry.email, password]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([HEADER, *rows.values()])
        files.write(self.path, text.getvalue())
        return {name: row[3] for name, row in rows.items()}


def plan(roster: Roster, users: Users, passwords: PasswordFile) -> Plan:
    """Raises MlopsctlError if the password file is something else."""
    passwords.read()
    steps = [PlannedStep(entry.username, _what(entry, users)) for entry in roster.entries]
    steps += [PlannedStep(f"line {line}", f"skip: {error.message}") for line, error in roster.errors.items()]
    note = Message(f"passwords of new users are written to {passwords.path}")
    return Plan(tuple(steps), notes=(note,) if _new(roster, users) else ())


def _new(roster: Roster, users: Users) -> list[RosterEntry]:
    return [entry for entry in roster.entries if entry.username not in users]


def _what(entry: RosterEntry, users: Users) -> str:
    user = users.get(entry.username)
    if not user:
        return f"create with role {entry.role}"
    changes = _changes(entry, user)
    return f"change {_describe(changes, user)}" if changes else ""


def _changes(entry: RosterEntry, user: User) -> dict[str, str]:
    """The fields in which a user differs from the roster. A missing name changes nothing."""
    wanted = {"role": entry.role, "email": entry.email, "name": entry.name or user.name}
    return {field: value for field, value in wanted.items() if value != getattr(user, field)}


def _describe(changes: Mapping[str, str], user: User) -> str:
    return ", ".join(f"{field} {getattr(user, field)} → {value}" for field, value in changes.items())


def run(api: AirflowApi, roster: Roster, users: Users, passwords: PasswordFile) -> Iterator[Step]:
    """Yield a step per user, and one per invalid line. Safe to kill and re-run."""
    new = _new(roster, users)
    generated = passwords.add(new) if new else {}
    for entry in roster.entries:
        yield Step(entry.username, StepState.RUNNING)
        yield _apply(api, entry, users.get(entry.username), generated.get(entry.username, ""))
    for line, error in roster.errors.items():
        yield Step(f"line {line}", StepState.FAILED, error.message, 0.0, error)


def _apply(api: AirflowApi, entry: RosterEntry, user: User | None, password: str) -> Step:
    start = time.monotonic()
    state, detail = StepState.CHANGED, f"created with role {entry.role}"
    try:
        if not user:
            api.create_user(entry.username, entry.role, entry.email, password, entry.name)
        elif changes := _changes(entry, user):
            api.update_user(entry.username, **changes)
            detail = _describe(changes, user)
        else:
            state, detail = StepState.OK, "unchanged"
    except MlopsctlError as e:
        return Step(entry.username, StepState.FAILED, e.message, time.monotonic() - start, e)
    return Step(entry.username, state, detail, time.monotonic() - start)
