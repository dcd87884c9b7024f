"""What is written is what there is."""

import os
import re
from pathlib import Path

import pytest

from mlopsctl import __version__
from mlopsctl.cli.main import COMMANDS
from mlopsctl.core.paths import Home
from mlopsctl.operations.doctor import render_docs
from tests import command_pages as pages

ROOT = Path(__file__).parents[1]
READMES = ["README.md", "README.ko.md"]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def code(name: str) -> str:
    """All that is set as code on a page."""
    page = text(name)
    blocks = re.findall(r"^```.*?\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE))
    return "\n".join([*blocks, *spans])


@pytest.mark.parametrize("name", READMES)
def test_the_table_of_commands_is_complete(name: str) -> None:
    (table,) = re.findall(r"^## (?:Commands|명령)\n(.*?)^## ", text(name), re.DOTALL | re.MULTILINE)
    assert re.findall(r"^\| `mlopsctl ([a-z-]+)", table, re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_command_that_is_named_exists(name: str) -> None:
    named = set(re.findall(r"(?<![\w/.-])mlopsctl (?:--?\S+(?: /\S+)? )*([a-z][a-z-]*)", code(name)))
    assert named <= set(COMMANDS)


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md"])
def test_every_file_that_is_named_exists(name: str) -> None:
    named = set(re.findall(r"(?<![\w./~-])(?:\./)?((?:shell|tests|mlopsctl|dags|\.ci)/[\w./-]*\w)", code(name)))
    named |= set(re.findall(r"\]\(([^)#:]+)\)", text(name)))
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", READMES)
def test_the_layout_of_a_home_is_the_codes(name: str) -> None:
    paths = [getattr(Home(Path("/h")), name) for name, value in vars(Home).items() if isinstance(value, property)]
    tops = {path.relative_to("/h").parts[0] for path in paths}
    assert tops == set(re.findall(r"^(?:├──|└──) ([\w.]+)", text(name), re.MULTILINE))


@pytest.mark.parametrize("name", READMES)
def test_every_exit_code_is_told(name: str) -> None:
    assert re.findall(r"^\| (\d+) \|", text(name), re.MULTILINE) == ["0", "1", "2", "3", "4", "130"]


def test_both_readmes_are_the_same_page() -> None:
    english, korean = (text(name) for name in READMES)
    for shape in (r"^(#+) ", r"^```(\w*)", r"<!-- (screen: [\w-]+) -->"):
        assert re.findall(shape, english, re.MULTILINE) == re.findall(shape, korean, re.MULTILINE)


def test_the_page_of_the_doctor_is_what_the_checks_say() -> None:
    assert text("docs/doctor.md") == render_docs.render(), render_docs.__doc__


def test_every_command_has_its_page() -> None:
    """`python -m tests.command_pages` makes them."""
    written = {file.stem: file.read_text(encoding="utf-8") for file in pages.FOLDER.iterdir()}
    assert written == pages.pages()
    guides = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert set(pages.GUIDES.values()) == guides and set(pages.GUIDES) <= set(COMMANDS)


def test_the_changelog_knows_this_version() -> None:
    page = text("CHANGELOG.md")
    assert re.search(rf"^## \[{re.escape(__version__)}\]", page, re.MULTILINE)
    assert "Keep a Changelog" in page


def test_every_script_for_people_says_what_it_does_and_can_be_run() -> None:
    for script in (ROOT / "shell").glob("*.sh"):
        first, second = script.read_text(encoding="utf-8").splitlines()[:2]
        assert second.startswith("# "), script
        if script.name != "lib.sh":
            assert first == "#!/bin/bash" and os.access(script, os.X_OK), script
