"""The words of `mlopsctl models`. What it does is in tests/live/test_models.py."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.cli.models import command
from mlopsctl.core.errors import MlopsctlError
from tests.conftest import Ran

Cli = Callable[..., Ran]


@pytest.mark.parametrize(
    "words", [["list"], ["show"], ["compare", "1.0.0", "1.1.0"], ["promote", "1.0.0"], ["rollback"]]
)
def test_without_a_platform_it_is_a_sentence(cli: Cli, tmp_path: Path, words: list[str]) -> None:
    ran = cli("--home", tmp_path / "none", "models", *words, "--json")
    assert ran.code == 1
    assert json.loads(ran.out)["errors"][0]["code"] == "not-set-up"
    assert json.loads(ran.out)["command"] == f"models {words[0]}"
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("words", [["compare", "1.0.0"], ["promote"], ["shw"], ["promote", "1.0.0", "--because", "x"]])
def test_wrong_words_are_exit_2(cli: Cli, words: list[str]) -> None:
    assert cli("models", *words).code == 2


def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, browser: str) -> bool:
    """Whether a browser, named by its command line, took a page."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BROWSER", browser)
    return command._open(App(tmp_path, "models show", Output()), f"{tmp_path}/page.html", "loan 1.0.0")


def test_without_a_browser_the_path_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not page(tmp_path, monkeypatch, "")
    assert capsys.readouterr().err == f"no browser could be opened here; the page is {tmp_path}/page.html\n"


def test_a_version_without_a_page(tmp_path: Path) -> None:
    with pytest.raises(MlopsctlError, match=r"loan 1\.0\.0 has no page"):
        command._open(App(tmp_path, "models show", Output()), None, "loan 1.0.0")
