"""Read a secret from a file, from stdin, or at a hidden prompt; never from the value of an option."""

import sys
from typing import IO

import click

from mlopsctl.cli._common import input_limit
from mlopsctl.core.errors import MlopsctlError, UsageError

LIMIT = 2**20  # characters


def from_file(file: IO[str], what: str) -> str:
    """The content of the file without its final line break. `what`: such as "password", for messages. Raises
    UsageError if the file is empty or not text, MlopsctlError if it is too large."""
    name = "stdin" if file is sys.stdin or file.name in (0, "<stdin>") else file.name
    try:
        secret = input_limit.read(file, name, LIMIT).removeprefix("\ufeff").strip("\r\n")
        secret.encode()  # stdin may pass invalid bytes on as surrogates
    except UnicodeError as e:
        raise UsageError(f"{name} is not UTF-8 text.", hint="save it in UTF-8") from e
    if not secret:
        raise UsageError(f"{name} contains no {what}.", hint=f"write the {what} into it")
    return secret


def prompt(question: str) -> str:
    """The answer at a hidden prompt; empty without a terminal, or if the user enters nothing."""
    if not sys.stdin.isatty():
        return ""
    return str(click.prompt(question, hide_input=True, default="", show_default=False, err=True))


def new_password(file: IO[str] | None, *, generated: bool) -> str:
    """From a file, or entered twice at a hidden prompt. With `generated`, empty means that the caller generates one.
    Raises MlopsctlError if a password is needed and there is no terminal."""
    if file:
        return from_file(file, "password")
    if not sys.stdin.isatty():
        if generated:
            return ""
        raise MlopsctlError("cannot ask for a password without a terminal.", hint="use --password-file FILE")
    password = click.prompt(
        "Password (empty: generate one)" if generated else "Password", hide_input=True,
        default="" if generated else None, show_default=False, err=True, confirmation_prompt="Repeat the password",
    )  # fmt: skip
    return str(password)
