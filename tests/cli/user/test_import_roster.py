"""Rosters that are rejected before Airflow is contacted."""

from pathlib import Path

import pytest

from tests.conftest import call_cli, run_cli


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (None, "No such file or directory."),
        (b"\x89PNG\r\n\xff\xff", "is neither UTF-8 nor CP949."),
        (b"kim,Kim,kim@x,Op\n", "is not a roster; its first line is 'kim,kim,kim@x,op'."),
        (b'username\n"' + b"x" * 200_000, "line 2, is not CSV: "),
    ],
)
def test_an_invalid_roster_is_reported(raw: bytes | None, words: str, tmp_path: Path) -> None:
    file = tmp_path / "명단.csv"
    if raw is not None:
        file.write_bytes(raw)
    ran = call_cli("user", "import", file)
    assert ran.code == 1 and words in ran.err and "\nhint: " in ran.err


def test_errors_name_stdin() -> None:
    assert run_cli("user", "import", "-", stdin="").err.startswith("error: stdin is not a roster")
