"""The command line of `mlopsctl models`. Real models are in tests/live/test_models.py."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlopsctl.cli.models import command
from mlopsctl.core.errors import MlopsctlError
from tests.conftest import Ran
from tests.operations.models.model_rows import version

Cli = Callable[..., Ran]


@pytest.mark.parametrize(
    "words", [["list"], ["show"], ["compare", "1.0.0", "1.1.0"], ["promote", "1.0.0"], ["rollback"]]
)
def test_missing_platform_is_an_error(cli: Cli, tmp_path: Path, words: list[str]) -> None:
    ran = cli("--home", tmp_path / "none", "models", *words, "--json")
    assert ran.code == 1
    assert json.loads(ran.out)["errors"][0]["code"] == "not-set-up"
    assert json.loads(ran.out)["command"] == f"models {words[0]}"
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("words", [["compare", "1.0.0"], ["promote"], ["shw"], ["promote", "1.0.0", "--because", "x"]])
def test_invalid_arguments_are_a_usage_error(cli: Cli, words: list[str]) -> None:
    assert cli("models", *words).code == 2


def test_path_of_the_page_is_shown_without_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    opened, (message,) = command._open(tmp_path / "page.html", version("1.0.0"))
    assert not opened and f"{tmp_path}/page.html" in message.text


def test_version_without_a_page_is_an_error() -> None:
    with pytest.raises(MlopsctlError) as caught:
        command._open(None, version("1.0.0"))
    assert caught.value.code == "no-page"
