"""Files that are exported: for their owner alone, and none is replaced unasked."""

import stat
from pathlib import Path

import pytest

from mlopsctl.cli._common import import_export
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError

NAMES = [f"v{n}" for n in range(25)]


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(tmp_path / "home", "variable export", Output())


def test_a_file_is_for_its_owner_alone(app: App, tmp_path: Path) -> None:
    file = tmp_path / "한글.json"
    import_export.write(app, str(file), "{}\n", [], yes=False)
    assert file.read_text() == "{}\n" and stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_not_replaced_unasked(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    file = tmp_path / "a.json"
    file.write_text("mine")
    with pytest.raises(MlopsctlError) as caught:
        import_export.write(app, str(file), "{}\n", [], yes=False)
    assert caught.value.code == "not-confirmed" and file.read_text() == "mine"
    import_export.write(app, str(file), "{}\n", [], yes=True)
    import_export.write(app, str(file), "{}\n", [], yes=False)  # the same again
    assert file.read_text() == "{}\n"


def test_without_a_file_it_goes_to_stdout_and_what_is_left_out_is_talk(
    app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    import_export.write(app, "-", "{}\n", NAMES, yes=False)
    seen = capsys.readouterr()
    assert seen.out == "{}\n"
    assert seen.err == (f"left out, because secret: {', '.join(NAMES[:20])} and 5 more; --with-secrets writes them\n")
