"""The documentation matches the code."""

import os
import re
from pathlib import Path

import pytest

from mlopsctl import __version__
from mlopsctl.adapters import ruff
from mlopsctl.adapters.airflow.release import RELEASES
from mlopsctl.cli.main import COMMANDS
from mlopsctl.core.paths import Home
from mlopsctl.operations.dags.check.run import RULES
from mlopsctl.operations.doctor import render_docs
from tests import command_pages as pages

ROOT = Path(__file__).parents[1]
READMES = ["README.md", "README.ko.md"]
GUIDES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))
PAGES = [*READMES, "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", *GUIDES]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def code_blocks(name: str) -> list[str]:
    return re.findall(r"^```.*?\n(.*?)^```", text(name), re.DOTALL | re.MULTILINE)


def code(name: str) -> str:
    """Everything on a page that is formatted as code."""
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text(name), flags=re.DOTALL | re.MULTILINE))
    return "\n".join([*code_blocks(name), *spans])


def links(name: str) -> set[str]:
    """The files that a page links to, from the root of the repository."""
    found = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text(name))
    return {os.path.normpath(Path(name).parent / link) for link in found}


@pytest.mark.parametrize("name", READMES)
def test_readme_lists_every_command(name: str) -> None:
    (table,) = re.findall(r"^## (?:Commands|명령)\n(.*?)^## ", text(name), re.DOTALL | re.MULTILINE)
    assert re.findall(r"^\| `mlopsctl ([a-z-]+)", table, re.MULTILINE) == list(COMMANDS)


def test_every_series_of_airflow_is_listed_with_its_releases_and_pythons() -> None:
    rows = re.findall(r"^\| ([\d.]+) \| (\S+) … (\S+) \| ([\d., ]+) \|", text("docs/versions.md"), re.MULTILINE)
    listed = [(r.series, r.versions[0], r.versions[-1], ", ".join(r.pythons)) for r in reversed(RELEASES)]
    assert rows == listed


@pytest.mark.parametrize("name", READMES)
def test_readme_links_every_guide(name: str) -> None:
    assert set(GUIDES) | {"docs/commands/README.md", "SECURITY.md"} <= links(name)


@pytest.mark.parametrize("name", PAGES)
def test_commands_that_a_page_mentions_exist(name: str) -> None:
    named = set(re.findall(r"(?<![\w/.-])mlopsctl (?:(?:--context \w+|--?\S+(?: /\S+)?) )*([a-z][a-z-]*)", code(name)))
    assert named <= set(COMMANDS)


@pytest.mark.parametrize("name", PAGES)
def test_files_that_a_page_mentions_exist(name: str) -> None:
    named = set(re.findall(r"(?<![\w./~-])(?:\./)?((?:shell|tests|mlopsctl|dags|\.ci)/[\w./-]*\w)", code(name)))
    assert [path for path in sorted(named | links(name)) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", PAGES)
def test_headings_that_a_page_links_to_exist(name: str) -> None:
    for link, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", text(name)):
        target = os.path.normpath(Path(name).parent / link) if link else name
        headings = re.findall(r"^#+ (.*)$", text(target), re.MULTILINE)
        assert anchor in [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]


def test_layout_of_a_home_is_complete() -> None:
    paths = [getattr(Home(Path("/h")), name) for name, value in vars(Home).items() if isinstance(value, property)]
    tops = {path.relative_to("/h").parts[0] for path in paths}
    assert tops == set(re.findall(r"^(?:├──|└──) ([\w.]+)", text("docs/home.md"), re.MULTILINE))


def test_every_rule_of_dags_check_is_documented() -> None:
    documented = set(re.findall(r"`([\w-]+)`", re.sub(r"(?m)^(?!\| `).*$", "", text("docs/check.md"))))
    assert set(RULES) - {"AIR"} <= documented
    assert set(ruff.RULES) <= documented


def test_every_exit_code_is_documented() -> None:
    assert re.findall(r"^\| (\d+) \|", text("docs/scripting.md"), re.MULTILINE) == ["0", "1", "2", "3", "4", "130"]


def test_both_readmes_have_the_same_structure() -> None:
    english, korean = (text(name) for name in READMES)
    for shape in (r"^(#+) ", r"^```(\w*)", r"<!-- (screen: [\w-]+) -->", r"\]\((docs/[^)]+)\)"):
        assert re.findall(shape, english, re.MULTILINE) == re.findall(shape, korean, re.MULTILINE)


def test_both_readmes_show_the_same_commands_and_screens() -> None:
    english, korean = ([re.sub(r" +# .*", "", block) for block in code_blocks(name)] for name in READMES)
    assert english == korean


def test_doctor_page_is_up_to_date() -> None:
    assert text("docs/doctor.md") == render_docs.render(), render_docs.__doc__


def test_command_pages_are_up_to_date() -> None:
    """`python -m tests.command_pages` writes them."""
    written = {file.stem: file.read_text(encoding="utf-8") for file in pages.FOLDER.iterdir()}
    assert written == pages.pages()
    assert {f"docs/{guide}.md" for guide in pages.GUIDES.values()} <= set(GUIDES)
    assert set(pages.GUIDES) <= set(COMMANDS)


def test_changelog_has_the_release_of_this_version() -> None:
    page = text("CHANGELOG.md")
    versions = re.findall(r"^## \[([\w.]+)\](?: - \d{4}-\d\d-\d\d)?$", page, re.MULTILINE)
    assert versions[:2] == ["Unreleased", __version__]
    assert "Keep a Changelog" in page


def test_scripts_have_a_description_and_are_executable() -> None:
    for script in (ROOT / "shell").glob("*.sh"):
        first, second = script.read_text(encoding="utf-8").splitlines()[:2]
        assert second.startswith("# "), script
        if script.name != "lib.sh":
            assert first == "#!/bin/bash" and os.access(script, os.X_OK), script
