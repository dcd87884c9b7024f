"""The files that `connection` and `variable` import and export."""

import codecs
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mlopsctl.cli._common import input_limit
from mlopsctl.cli._common.app import App
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message, Result
from mlopsctl.core.text import plural, shorten
from mlopsctl.operations.entries import file_format, layouts
from mlopsctl.operations.entries.file_format import FileFormat
from mlopsctl.operations.entries.layouts import FileContent

SHOWN = 20  # names
EXPORT_FORMATS = (FileFormat.JSON, FileFormat.YAML)


def _format(_ctx: click.Context, _param: click.Parameter, value: str | None) -> FileFormat | None:
    return FileFormat(value) if value else None


def _format_option(*formats: FileFormat) -> Callable[[Any], Any]:
    return click.option(
        "--format", "given_format", type=click.Choice([f.value for f in formats]), callback=_format,
        help="Format of FILE [default: by its suffix; json for -].",
    )  # fmt: skip


format_option = _format_option(*EXPORT_FORMATS)
import_format_option = _format_option(*FileFormat)
with_secrets_option = click.option("--with-secrets", is_flag=True, help="Include passwords, tokens and keys.")
overwrite_option = click.option("--overwrite", is_flag=True, help="Replace existing ones.")


def display_name(file: str) -> str:
    return "stdin" if file == "-" else file


def read_bytes(file: str) -> bytes:
    """The content of FILE; `-` is stdin. Raises MlopsctlError."""
    try:
        with click.open_file(str(Path(file).expanduser()) if file != "-" else "-", "rb") as content:
            raw: bytes = input_limit.read(content, display_name(file))
        return raw
    except OSError as e:
        missing = Hint(note="check its path")
        hint = missing if isinstance(e, FileNotFoundError) else Hint(line=f"ls -ld {shlex.quote(file)}")
        raise MlopsctlError(f"cannot read {file}: {e.strerror}.", hint=hint, code="unreadable") from e


def read(file: str) -> str:
    """The text of FILE; `-` is stdin. Raises MlopsctlError."""
    raw = read_bytes(file)
    try:  # editors and PowerShell on Windows write a byte order mark
        return raw.decode("utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig")
    except UnicodeDecodeError as e:
        raise MlopsctlError(
            f"{display_name(file)} is not UTF-8 text.", hint="save it in UTF-8", code="unreadable"
        ) from e


def parse(file: str, given_format: FileFormat | None) -> dict[Any, Any]:
    """The object in FILE. Raises MlopsctlError."""
    return file_format.parse(read(file), file_format.format_of(file, given_format), display_name(file))


def read_entries(file: str, given_format: FileFormat | None, noun: str) -> FileContent:
    """The connections or the variables (`noun`) in FILE. Raises MlopsctlError."""
    return layouts.read(parse(file, given_format), noun, display_name(file))


def target_format(file: str, given_format: FileFormat | None) -> FileFormat:
    """The format in which to write FILE. Raises UsageError if it is unknown, or FILE cannot be written."""
    path = Path(file).expanduser()
    if file != "-" and path.exists() and not path.is_file():
        raise UsageError(f"{file} is not a file.", hint="leave FILE out for stdout")
    if file != "-" and not path.absolute().parent.is_dir():
        raise UsageError(f"there is no directory {path.parent}.", hint="leave FILE out for stdout")
    target = file_format.format_of(file, given_format)
    if target not in EXPORT_FORMATS:
        raise UsageError(f"an export cannot be written as {target}.", hint="name the file .json or .yaml")
    return target


def save(
    app: App, file: str, target: FileFormat, entries: dict[str, Any], left_out: list[str], noun: str, *, yes: bool
) -> int:
    """Write the entries to FILE, readable only by its owner, or to stdout for `-`. Asks before it replaces a file."""
    text = file_format.dump(entries, target)
    messages = []
    if left_out:
        messages.append(Message(f"left out secrets: {shorten(left_out, SHOWN)}; --with-secrets includes them"))
    if file == "-":
        data: dict[str, Any] = {f"{noun}s": entries, "left_out": left_out, "file": None}
        return app.render(Result(data, messages=tuple(messages)), lambda out: out.text(text.rstrip("\n")))
    path = Path(file).expanduser()
    _write(app, path, text, yes=yes)
    messages.append(Message(f"{plural(len(entries), noun)} written to {file}, readable only by you"))
    data = {f"{noun}s": list(entries), "left_out": left_out, "file": str(path.absolute())}
    return app.render(Result(data, messages=tuple(messages)))


def _write(app: App, path: Path, text: str, *, yes: bool) -> None:
    from mlopsctl.adapters import files

    if path.exists() and path.read_text(encoding="utf-8", errors="replace") != text:
        app.confirm(f"Replace {path}?", yes)
    files.write(path, text)
