"""Secrets from files: every command reads and rejects them in the same way."""

from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import TextIO

import pytest

from mlopsctl.cli._common import secret_input
from mlopsctl.core.errors import UsageError
from tests.conftest import call_cli, run_cli

BINARY = "caf\u00e9".encode("latin-1")
COMMANDS = [
    ("setup", "--dry-run", "--admin-password-file"),
    ("setup", "--dry-run", "--alert-smtp", "smtp://kim@relay", "--alert-smtp-password-file"),
]


def file(raw: bytes, errors: str = "strict") -> TextIO:
    made = BytesIO(raw)
    made.name = "file"
    return TextIOWrapper(made, encoding="utf-8", errors=errors)


def test_only_the_final_line_break_is_removed() -> None:
    assert secret_input.from_file(file(" 두 낱말 \r\n".encode()), "password") == " 두 낱말 "


@pytest.mark.parametrize("raw", [b"", b"\n", b"\r\n"])
def test_an_empty_file_is_rejected(raw: bytes) -> None:
    with pytest.raises(UsageError, match="file contains no password"):
        secret_input.from_file(file(raw), "password")


def test_an_empty_stdin_is_named_as_such() -> None:
    ran = run_cli("user", "create", "kim", "--password-file", "-", stdin="")
    assert (ran.code, ran.err.partition("\n")[0]) == (2, "error: stdin contains no password.")


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_invalid_utf8_is_rejected_even_if_stdin_passes_it_on(errors: str) -> None:
    with pytest.raises(UsageError, match="file is not UTF-8 text"):
        secret_input.from_file(file(BINARY, errors), "password")


@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize(("raw", "says"), [(BINARY, "is not UTF-8 text."), (b"\n", "contains no password.")])
def test_options_for_passwords_reject_it(words: tuple[str, ...], raw: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes(raw)
    ran = call_cli("--home", tmp_path / "home", *words, tmp_path / "password")
    assert ran.code == 2 and ran.err.startswith(f"error: {tmp_path}/password {says}\nhint: ")


def test_options_for_urls_reject_it(tmp_path: Path) -> None:
    (tmp_path / "url").write_bytes(BINARY)
    ran = call_cli("--home", tmp_path / "home", "setup", "--dry-run", "--alert-webhook", f"@{tmp_path}/url")
    assert ran.code == 2 and ran.err.startswith(f"error: {tmp_path}/url is not UTF-8 text.\nhint: ")
