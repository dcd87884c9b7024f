"""A class roster: a CSV file with a user per line. What is wrong with a line stops that line alone."""

import csv
import io
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import User

COLUMNS = ("username", "name", "email", "role")
ENCODINGS = ("utf-8-sig", "cp949")  # the second is what Excel writes on a Korean Windows
EXAMPLE = "the first line names the columns: username,name,email,role"


@dataclass(frozen=True)
class Person:
    """`name`, `email`, `role`: empty where the roster does not say."""

    line: int
    username: str
    name: str
    email: str
    role: str


@dataclass(frozen=True)
class Roster:
    """`wrong`: why a line cannot be, by its number."""

    people: tuple[Person, ...]
    wrong: dict[int, MlopsctlError]


def decode(raw: bytes, file: str) -> str:
    """Raises MlopsctlError for what is no text."""
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise MlopsctlError(f"{file} is neither UTF-8 nor CP949.", hint="save it as CSV in UTF-8", code="unreadable")


def parse(text: str, file: str) -> Roster:
    """The people of a roster. Raises MlopsctlError where its first line is not as it should be."""
    rows = csv.reader(io.StringIO(text), skipinitialspace=True)
    try:
        columns = [word.strip().lower() for word in next(rows, [])]
        _check_columns(columns, file)
        people: list[Person] = []
        wrong: dict[int, MlopsctlError] = {}
        for row in rows:
            if not any(word.strip() for word in row):
                continue
            try:
                people.append(_person(rows.line_num, row, columns))
            except MlopsctlError as e:
                wrong[rows.line_num] = e
    except csv.Error as e:
        raise MlopsctlError(f"{file}, line {rows.line_num}, is not CSV: {e}.", hint=EXAMPLE, code="unreadable") from e
    return Roster(tuple(people), wrong)


def _check_columns(columns: list[str], file: str) -> None:
    strange = [word for word in columns if word not in COLUMNS]
    if strange or "username" not in columns or len(set(columns)) < len(columns):
        shown = ",".join(columns)[:60]
        raise MlopsctlError(f"{file} does not begin as a roster: {shown!r}.", hint=EXAMPLE, code="no-roster")


def _person(line: int, row: list[str], columns: list[str]) -> Person:
    if len(row) != len(columns):
        raise _wrong(line, f"it has {len(row)} fields instead of {len(columns)}")
    given = {column: " ".join(word.split()) for column, word in zip(columns, row, strict=True)}
    username = given["username"]
    if not re.fullmatch(r"[\w.@+-]{1,64}", username):
        raise _wrong(line, f"{username!r} is no username: letters, digits and . _ - @ +, 64 at most")
    email = given.get("email", "")
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise _wrong(line, f"{email!r} is no email address")
    return Person(line, username, given.get("name", ""), email, given.get("role", ""))


def _whole(person: Person, user: User | None, role: str) -> Person:
    """What the roster does not say stays as it is, or is the default of a new user."""
    email, role = (user.email, user.role) if user else (f"{person.username}@localhost", role)
    return replace(person, email=person.email or email, role=person.role or role)


def settle(
    roster: Roster, users: Mapping[str, User], roles: Collection[str], kept: Collection[str], role: str
) -> Roster:
    """The same with all that it does not say, and without the lines that cannot be, held against the users and roles
    that there are. `kept`: users that no roster changes. `role`: of those who are new and have none."""
    owners = {user.email.lower(): user.username for user in users.values()}
    first: dict[str, int] = {}
    people, wrong = [], dict(roster.wrong)
    for raw in roster.people:
        person = _whole(raw, users.get(raw.username), role)
        owner = owners.get(person.email.lower(), person.username)
        if why := (
            f"{person.username} is an account of the platform" if person.username in kept
            else f"there is no role {person.role!r}, but {', '.join(roles)}" if (raw.role or role) not in roles
            else f"{person.username} stands in line {first[person.username]} already" if person.username in first
            else f"{person.email} is the address of {owner}" if owner != person.username
            else ""
        ):  # fmt: skip
            wrong[person.line] = _wrong(person.line, why)
            continue
        first[person.username] = person.line
        owners[person.email.lower()] = person.username
        people.append(person)
    return Roster(tuple(people), dict(sorted(wrong.items())))


def _wrong(line: int, why: str) -> MlopsctlError:
    return MlopsctlError(
        f"line {line}: {why}.", hint="mend the line, then say the same command again", code="wrong-line"
    )
