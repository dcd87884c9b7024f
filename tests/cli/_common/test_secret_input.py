"""A secret out of a file: the same for whoever asks, and what is none is a sentence."""

from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import TextIO

import pytest

from mlopsctl.cli._common import secret_input
from mlopsctl.core.errors import UsageError
from tests.conftest import run_cli

NO_TEXT = "caf\u00e9".encode("latin-1")
ASKS = [
    ("setup", "--dry-run", "--admin-password-file"),
    ("setup", "--dry-run", "--alert-smtp", "smtp://kim@relay", "--alert-smtp-password-file"),
]


def file(raw: bytes, errors: str = "strict") -> TextIO:
    made = BytesIO(raw)
    made.name = "file"
    return TextIOWrapper(made, encoding="utf-8", errors=errors)


def test_all_but_the_lines_end_belongs_to_it() -> None:
    assert secret_input.from_file(file(" 두 낱말 \r\n".encode()), "password") == " 두 낱말 "


@pytest.mark.parametrize("raw", [b"", b"\n", b"\r\n"])
def test_a_file_without_one(raw: bytes) -> None:
    with pytest.raises(UsageError, match="file holds no password") as caught:
        secret_input.from_file(file(raw), "password")
    assert caught.value.hint.text() == "write the password into it"


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_what_is_no_text_is_refused_also_where_stdin_lets_it_through(errors: str) -> None:
    with pytest.raises(UsageError, match="file is not text in UTF-8"):
        secret_input.from_file(file(NO_TEXT, errors), "password")


@pytest.mark.parametrize("words", ASKS)
@pytest.mark.parametrize(("raw", "says"), [(NO_TEXT, "is not text in UTF-8."), (b"\n", "holds no password.")])
def test_who_asks_for_a_password_says_so(words: tuple[str, ...], raw: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes(raw)
    ran = run_cli("--home", tmp_path / "home", *words, tmp_path / "password")
    assert ran.code == 2 and ran.err.startswith(f"error: {tmp_path}/password {says}\nhint: ")


def test_so_does_who_asks_for_a_url(tmp_path: Path) -> None:
    (tmp_path / "url").write_bytes(NO_TEXT)
    ran = run_cli("--home", tmp_path / "home", "setup", "--dry-run", "--alert-webhook", f"@{tmp_path}/url")
    assert ran.code == 2 and ran.err.startswith(f"error: {tmp_path}/url is not text in UTF-8.\nhint: ")
