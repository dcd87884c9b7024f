"""Exported files: readable only by their owner, and never replaced without asking."""

import json
import stat
from pathlib import Path

import pytest

from mlopsctl.cli._common import import_export
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.entries.file_format import FileFormat

ENTRIES = {"a": "1", "b": "2"}
NAMES = [f"v{n}" for n in range(25)]


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(tmp_path / "home", "variable export", Output(color=False))


def save(app: App, file: Path | str, left_out: list[str] | None = None, *, yes: bool = False) -> int:
    return import_export.save(app, str(file), FileFormat.JSON, ENTRIES, left_out or [], "variable", yes=yes)


def test_only_the_owner_can_read_a_file(app: App, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "한글.json"
    assert save(app, file) == 0
    assert json.loads(file.read_text()) == ENTRIES and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert capsys.readouterr() == ("", f"2 variables written to {file}, readable only by you\n")


def test_json_names_the_entries_in_a_file(app: App, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app.use_json()
    save(app, tmp_path / "a.json", ["c"])
    data = json.loads(capsys.readouterr().out)["data"]
    assert data == {"variables": ["a", "b"], "left_out": ["c"], "file": str(tmp_path / "a.json")}


def test_a_file_is_replaced_only_with_yes(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    file = tmp_path / "a.json"
    file.write_text("mine")
    with pytest.raises(MlopsctlError) as caught:
        save(app, file)
    assert caught.value.code == "not-confirmed" and file.read_text() == "mine"
    save(app, file, yes=True)
    save(app, file)  # unchanged, so it does not ask
    assert json.loads(file.read_text()) == ENTRIES


def test_stdout_gets_the_entries_and_stderr_what_was_left_out(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    save(app, "-", NAMES)
    seen = capsys.readouterr()
    assert json.loads(seen.out) == ENTRIES
    assert seen.err == f"left out secrets: {', '.join(NAMES[:20])} and 5 more; --with-secrets includes them\n"
