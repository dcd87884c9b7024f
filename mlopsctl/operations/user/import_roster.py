"""The users of a roster: made where they are missing, brought up to date where they differ, never deleted."""

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
from mlopsctl.core.model import User
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.user.roster import Person, Roster

HEAD = ["username", "name", "email", "password"]


def plan(roster: Roster, users: Mapping[str, User]) -> Plan:
    steps = [PlannedStep(person.username, _fate(person, users)) for person in roster.people]
    steps += [PlannedStep(f"line {line}", f"refuse: {error.message}") for line, error in roster.wrong.items()]
    return Plan(tuple(steps))


def _fate(person: Person, users: Mapping[str, User]) -> str:
    user = users.get(person.username)
    if not user:
        return f"make with role {person.role}"
    changes = _changes(person, user)
    return f"change {_told(changes, user)}" if changes else ""


def _changes(person: Person, user: User) -> dict[str, str]:
    """What the roster says otherwise; a name that it does not say stays."""
    wanted = {"role": person.role, "email": person.email, "name": person.name or user.name}
    return {what: new for what, new in wanted.items() if new != getattr(user, what)}


def _told(changes: Mapping[str, str], user: User) -> str:
    return ", ".join(f"{what} {getattr(user, what)} → {new}" for what, new in changes.items())


@dataclass(frozen=True)
class Passwords:
    """The file of passwords that were made, 0600. One is written before its user is made: whoever exists has one."""

    file: Path

    def read(self) -> dict[str, list[str]]:
        """Rows by username. Raises MlopsctlError where the file is something else."""
        try:
            rows = list(csv.reader(io.StringIO(self.file.read_text(encoding="utf-8"))))
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError, csv.Error) as e:
            raise self._strange() from e
        if rows[:1] != [HEAD] or any(len(row) != len(HEAD) for row in rows):
            raise self._strange()
        return {row[0]: row for row in rows[1:]}

    def _strange(self) -> MlopsctlError:
        return MlopsctlError(
            f"{self.file} is no file of passwords that mlopsctl has made, and stays as it is.",
            hint="name another: mlopsctl user import FILE.csv --passwords OTHER",
            code="real-file",
        )

    def make(self, people: list[Person]) -> dict[str, str]:
        """A password for each, by username; one that was made before and not used stays."""
        rows = self.read()
        for person in people:
            made = rows[person.username][3] if person.username in rows else secrets.token_urlsafe(9)
            rows[person.username] = [person.username, person.name, person.email, made]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([HEAD, *rows.values()])
        files.write(self.file, text.getvalue())
        return {name: row[3] for name, row in rows.items()}


def run(api: AirflowApi, plan: Plan, roster: Roster, users: Mapping[str, User], file: Passwords) -> Iterator[Step]:
    """Yields a step per person, and one per line that cannot be. Killed at any moment, the same call finishes it."""
    new = [person for person in roster.people if person.username not in users]
    made = file.make(new) if new else {}
    fates = {step.name: step.what for step in plan.steps}
    for person in roster.people:
        began = time.monotonic()
        yield Step(person.username, StepState.RUNNING, "at work")
        try:
            detail = _apply(api, person, users.get(person.username), made.get(person.username, ""))
        except MlopsctlError as e:
            yield Step(person.username, StepState.FAILED, e.message, time.monotonic() - began, e)
            continue
        state = "changed" if fates[person.username] else "ok"
        yield Step(person.username, state, detail, time.monotonic() - began)  # type: ignore[arg-type]
    for line, error in roster.wrong.items():
        yield Step(f"line {line}", StepState.FAILED, error.message, 0.0, error)


def _apply(api: AirflowApi, person: Person, user: User | None, password: str) -> str:
    if not user:
        api.create_user(person.username, person.role, person.email, password, person.name)
        return f"made with role {person.role}"
    if changes := _changes(person, user):
        api.update_user(person.username, **changes)
        return _told(changes, user)
    return "is there already"
