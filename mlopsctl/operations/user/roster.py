"""A class roster: a CSV file with one user per line. An invalid line does not affect the others."""

import csv
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from mlopsctl.core import names
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import User
from mlopsctl.operations.user import accounts

COLUMNS = ("username", "name", "email", "role")
ENCODINGS = ("utf-8-sig", "cp949")  # CP949 is what Excel writes on Korean Windows
HEADER_HINT = "the first line must name the columns: username,name,email,role"


@dataclass(frozen=True)
class RosterEntry:
    """`name`, `email`, `role`: empty if the roster lacks them."""

    line: int
    username: str
    name: str
    email: str
    role: str


@dataclass(frozen=True)
class Roster:
    """`errors`: why a line is invalid, by its number."""

    entries: tuple[RosterEntry, ...]
    errors: dict[int, MlopsctlError]


def decode(raw: bytes, file: str) -> str:
    """Raises MlopsctlError if the file is not text."""
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise MlopsctlError(f"{file} is neither UTF-8 nor CP949.", hint="save it as CSV in UTF-8", code="unreadable")


def parse(text: str, file: str) -> Roster:
    """Raises MlopsctlError if the text is not CSV, or its first line does not name the columns."""
    rows = csv.reader(io.StringIO(text), skipinitialspace=True)
    try:
        columns = [word.strip().lower() for word in next(rows, [])]
        _check_columns(columns, file)
        entries: list[RosterEntry] = []
        errors: dict[int, MlopsctlError] = {}
        for row in rows:
            if not any(word.strip() for word in row):
                continue
            try:
                entries.append(_entry(rows.line_num, row, columns))
            except MlopsctlError as e:
                errors[rows.line_num] = e
    except csv.Error as e:
        raise MlopsctlError(
            f"{file}, line {rows.line_num}, is not CSV: {e}.", hint=HEADER_HINT, code="unreadable"
        ) from e
    return Roster(tuple(entries), errors)


def _check_columns(columns: list[str], file: str) -> None:
    unknown = [word for word in columns if word not in COLUMNS]
    if unknown or "username" not in columns or len(set(columns)) < len(columns):
        shown = ",".join(columns)[:60]
        raise MlopsctlError(f"{file} is not a roster; its first line is {shown!r}.", hint=HEADER_HINT, code="no-roster")


def _entry(line: int, row: list[str], columns: list[str]) -> RosterEntry:
    if len(row) != len(columns):
        raise _invalid(line, f"it has {len(row)} fields instead of {len(columns)}")
    given = {column: " ".join(word.split()) for column, word in zip(columns, row, strict=True)}
    username = given["username"]
    if why := names.problem(names.USER, username):
        raise _invalid(line, f"invalid username {names.shown(username)}: {why}")
    email = given.get("email", "")
    if email and not accounts.is_email(email):
        raise _invalid(line, f"invalid email address {email!r}")
    return RosterEntry(line, username, given.get("name", ""), email, given.get("role", ""))


def _complete(entry: RosterEntry, user: User | None, default_role: str) -> RosterEntry:
    """Fill what the roster lacks: an existing user keeps it, a new one gets the default."""
    email, role = (user.email, user.role) if user else (f"{entry.username}@localhost", default_role)
    return replace(entry, email=entry.email or email, role=entry.role or role)


def resolve(
    roster: Roster, users: Mapping[str, User], roles: Collection[str], protected: Collection[str], default_role: str
) -> Roster:
    """Complete the entries, and check them against Airflow's users and roles and against each other. `protected`: users
    that a roster cannot change. `default_role`: of new users without a role."""
    owners = {user.email.lower(): user.username for user in users.values()}
    same = {name.lower(): name for name in (*users, *protected)}  # Airflow compares names without regard to case
    choices = ", ".join(roles)
    first: dict[str, int] = {}
    entries, errors = [], dict(roster.errors)
    for raw in roster.entries:
        entry, key = _complete(raw, users.get(raw.username), default_role), raw.username.lower()
        owner, known = owners.get(entry.email.lower(), entry.username), same.get(key, entry.username)
        if why := (
            f"{entry.username} is an account of the platform" if entry.username in protected
            else f"{entry.username} is the user {known}, in other letters" if known != entry.username
            else f"there is no role {entry.role!r}; choose {choices}" if (raw.role or default_role) not in roles
            else f"{entry.username} is already in line {first[key]}" if key in first
            else f"{entry.email} is the email address of {owner}" if owner != entry.username
            else ""
        ):  # fmt: skip
            errors[entry.line] = _invalid(entry.line, why)
            continue
        first[key] = entry.line
        owners[entry.email.lower()] = entry.username
        entries.append(entry)
    return Roster(tuple(entries), dict(sorted(errors.items())))


def _invalid(line: int, why: str) -> MlopsctlError:
    return MlopsctlError(
        f"line {line}: {why}.", hint="fix the line, then run the same command again", code="wrong-line"
    )
