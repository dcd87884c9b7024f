"""How a secret comes in: by a file, by stdin, or by a hidden prompt. Never as an option's value."""

import sys
from typing import IO

import click

from mlopsctl.core.errors import UsageError


def from_file(file: IO[str], what: str) -> str:
    """The secret, a `password` or `what` it is, without the line's end. Raises UsageError where there is none."""
    try:
        secret = file.read().strip("\r\n")
        secret.encode()  # stdin may let through what is no text
    except UnicodeError as e:
        raise UsageError(f"{file.name} is not text in UTF-8.", hint=f"file '{file.name}'") from e
    if not secret:
        raise UsageError(f"{file.name} holds no {what}.", hint=f"write the {what} into it")
    return secret


def ask(question: str) -> str:
    """By a hidden prompt; empty where nobody can be asked, or nothing was said."""
    if not sys.stdin.isatty():
        return ""
    return str(click.prompt(question, hide_input=True, default="", show_default=False, err=True))
