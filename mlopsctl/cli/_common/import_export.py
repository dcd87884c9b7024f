"""What `connection` and `variable` have in common: the files that they are imported from and exported to."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import F, option
from mlopsctl.core.errors import MlopsctlError, UsageError

SHOWN = 20  # so many names are listed

with_secrets_option = option("--with-secrets", is_flag=True, help="Passwords, tokens and keys too.")
overwrite_option = option("--overwrite", is_flag=True, help="Replace those that exist.")


def form_option(command: str) -> Callable[[F], F]:
    return option(
        "--format", "form", type=click.Choice(["json", "yaml"]), envvar=f"MLOPSCTL_{command}_FORMAT",
        help="Default: by the ending of FILE; for -, json.",
    )  # fmt: skip


def called(file: str) -> str:
    """In words."""
    return "stdin" if file == "-" else file


def read(file: str) -> str:
    """The text of FILE; `-` is stdin. Raises MlopsctlError."""
    try:
        return sys.stdin.read() if file == "-" else Path(file).expanduser().read_text(encoding="utf-8")
    except UnicodeDecodeError as e:
        raise MlopsctlError(f"{file} is not text in UTF-8.", hint=f"file '{file}'", code="unreadable") from e
    except OSError as e:
        raise MlopsctlError(f"{file} cannot be read: {e.strerror}.", hint=f"ls -l '{file}'", code="unreadable") from e


def check_target(file: str) -> None:
    """Raises UsageError where FILE can be no file."""
    path = Path(file).expanduser()
    if file != "-" and ((path.exists() and not path.is_file()) or not path.absolute().parent.is_dir()):
        raise UsageError(f"{file} is no file in a folder that exists.", hint="leave FILE out for stdout")


def write(app: App, file: str, text: str, left_out: list[str], *, yes: bool) -> None:
    """FILE for the owner's eyes only; `-` is stdout. Asks before it replaces one."""
    from mlopsctl.adapters import files

    path = Path(file).expanduser()
    if file == "-":
        app.out.text(text.rstrip("\n"))
    else:
        if path.exists() and path.read_text(encoding="utf-8", errors="replace") != text:
            app.confirm(f"Replace {file}?", yes)
        files.write(path, text)
    if left_out:
        more = f" and {len(left_out) - SHOWN} more" if len(left_out) > SHOWN else ""
        app.out.say(f"left out, because secret: {', '.join(left_out[:SHOWN])}{more}; --with-secrets writes them")


def finish(app: App, entries: dict[str, Any], left_out: list[str], file: str, noun: str) -> None:
    """Say what was exported, and where to."""
    if file != "-":
        app.out.say(f"{len(entries)} {noun}s written to {file}, which nobody else can read")
    where = None if file == "-" else str(Path(file).expanduser().absolute())
    data = {f"{noun}s": entries if file == "-" else list(entries), "left_out": left_out, "file": where}
    app.out.envelope(app.command, "ok", data)


def whole(app: App, what: str) -> list[dict[str, Any]]:
    """All with their secrets: by one start of the managed Python. Raises MlopsctlError."""
    from mlopsctl.operations.db import check

    check.check_metadata(app.platform)
    with app.out.busy("reading them with Airflow's own Python"):
        entries: list[dict[str, Any]] = app.platform.airflow.run_script("export", {"what": what})["entries"]
    return entries
