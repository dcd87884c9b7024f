"""How a secret comes in: by a file, by stdin, or by a hidden prompt. Never as an option's value."""

import sys
from typing import TextIO

import click

from mlopsctl.errors import UsageError


def from_file(file: TextIO) -> str:
    """Without the line's end. Raises UsageError where there is none."""
    try:
        if secret := file.read().strip("\r\n"):
            return secret
    except UnicodeDecodeError as e:
        raise UsageError(f"{file.name} is not text in UTF-8.", hint=f"file '{file.name}'") from e
    raise UsageError(f"{file.name} is empty.", hint="write the secret into it")


def ask(question: str) -> str:
    """By a hidden prompt; empty where nobody can be asked, or nothing was said."""
    if not sys.stdin.isatty():
        return ""
    return str(click.prompt(question, hide_input=True, default="", show_default=False, err=True))
