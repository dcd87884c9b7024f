"""The names that users can give, by one rule for every command and file.

Only new names are checked. What exists, such as users from LDAP, can have others.
"""

import re
from dataclasses import dataclass

from mlopsctl.core.errors import UsageError

SHOWN = 60  # characters of an invalid name in a message


@dataclass(frozen=True)
class NameRule:
    """`noun`: what has the name. `characters`: the only ones allowed, as in a regular expression, and `described` in
    words; without them, all that can be printed. `longest`: in characters. `is_file`: it is the name of a file, too."""

    noun: str
    longest: int
    characters: str = ""
    described: str = ""
    is_file: bool = False


USER = NameRule("user", 64, r"\w.@+-", "letters, digits and . _ - @ +")
CONNECTION = NameRule("connection", 200, r"\w.-", "letters, digits and . _ -")  # Airflow's API has this limit, too
VARIABLE = NameRule("variable", 250)  # Airflow's limit
CONTEXT = NameRule("context", 63, "A-Za-z0-9._-", "letters without accents, digits and . _ -", is_file=True)
WORKER = NameRule("worker", 63, "A-Za-z0-9._-", "letters without accents, digits and . _ -", is_file=True)
# Celery and Airflow accept any text, but a queue is a part of command lines, also of those that a Helm chart makes.
QUEUE = NameRule("queue", 200, "A-Za-z0-9._:/@-", "letters without accents, digits and . _ - : / @")
LINK = NameRule("link", 80, "^/", "no /", is_file=True)  # file systems allow 255 bytes


def problem(rule: NameRule, name: object) -> str:
    """Why a name is invalid, to follow it and a colon; empty if it is valid."""
    if not isinstance(name, str):
        return "it is not text; put it in quotes"
    valid = f"[{rule.characters}]" if rule.characters else "."
    wrong = next((c for c in name if not c.isprintable() or not re.fullmatch(valid, c)), "")
    problems = (
        (not name.strip(), "it is empty"),
        (len(name) > rule.longest, f"it has {len(name)} characters, and at most {rule.longest} are possible"),
        (name.startswith("-"), "it starts with a dash, so that commands would read it as an option"),
        (rule.is_file and name.startswith("."), "it starts with a dot, so that the file would be hidden"),
        (name != name.strip(), "it starts or ends with a space"),
        (wrong, f"it contains {wrong!r}; use {rule.described or 'characters that can be printed'}"),
    )
    return next((why for is_wrong, why in problems if is_wrong), "")


def check(rule: NameRule, name: str, code: str = "usage") -> None:
    """Raises UsageError for an invalid name."""
    if why := problem(rule, name):
        raise UsageError(
            f"invalid name for a {rule.noun}, {shown(name)}: {why}.", hint="choose another name", code=code
        )


def shown(name: object) -> str:
    """For messages: quoted, without characters that cannot be printed, and not too long."""
    text = name if isinstance(name, str) and len(name) <= SHOWN else f"{str(name)[:SHOWN]}…"
    return repr(text)
