"""The requirements file of the project that a file belongs to."""

from pathlib import Path

import pytest

from mlopsctl.core.model import ImportErrorReport
from mlopsctl.operations.dags.import_errors import project_requirements
from mlopsctl.operations.dags.import_errors.import_context import ImportContext
from mlopsctl.operations.dags.import_errors.listing import diagnose

LOGURU = "Traceback (most recent call last):\nModuleNotFoundError: No module named 'loguru'\n"


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    """The DAGs folder of a home, with a link `flows` to a folder of a project `mine` that setup does not know."""
    (tmp_path / "home" / "dags").mkdir(parents=True)
    (tmp_path / "mine" / "dags").mkdir(parents=True)
    (tmp_path / "mine" / "dags" / "d.py").touch()
    (tmp_path / "home" / "dags" / "flows").symlink_to(tmp_path / "mine" / "dags")
    (tmp_path / "other").mkdir()
    return tmp_path / "home" / "dags"


def context(dags: Path, *, given: bool = False) -> ImportContext:
    other = dags.parents[1] / "other" / "requirements.txt"
    return ImportContext(dags, requirements=other, read_by_setup=(other,), given_requirements=given)


def test_file_that_lists_the_package_is_given_to_setup(dags: Path, tmp_path: Path) -> None:
    (tmp_path / "mine" / "requirements.txt").write_text("loguru>=0.7\n")
    found = diagnose(ImportErrorReport("flows/d.py", LOGURU), context(dags))
    assert (found.cause, found.package) == ("missing-module", "loguru")
    assert found.hint.other == ("setup", "--requirements", f"{tmp_path}/mine/requirements.txt")
    assert "echo" not in found.hint.note and str(tmp_path / "other") not in found.hint.text()


def test_file_that_setup_would_no_longer_read_is_named(dags: Path, tmp_path: Path) -> None:
    (tmp_path / "other" / "requirements.txt").touch()
    (tmp_path / "mine" / "requirements.txt").touch()
    found = diagnose(ImportErrorReport("flows/d.py", LOGURU), context(dags))
    assert found.hint.command == ("setup", "--requirements", f"{tmp_path}/mine/requirements.txt")
    assert found.hint.note.endswith(f"it then no longer reads {tmp_path}/other/requirements.txt")


def test_file_that_setup_reads_needs_no_option(dags: Path, tmp_path: Path) -> None:
    own = tmp_path / "mine" / "requirements.txt"
    own.touch()
    found = project_requirements.find(
        dags / "flows" / "d.py", ImportContext(dags, requirements=own, read_by_setup=(own,))
    )
    assert found.keep("loguru").text() == f"echo loguru >> {own} && mlopsctl setup"


def test_file_in_the_dags_folder_itself_belongs_to_the_home(dags: Path) -> None:
    (dags / "own.py").touch()
    assert project_requirements.find(dags / "own.py", context(dags)).path == context(dags).requirements
    assert project_requirements.find(None, context(dags)).path == context(dags).requirements


@pytest.mark.parametrize("name", ["pyproject.toml", ".git"])
def test_project_without_requirements_gets_them_at_its_root(dags: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "mine" / name).write_text("[project]\ndependencies = ['loguru>=0.7']\n")
    found = project_requirements.find(dags / "flows" / "d.py", context(dags))
    assert (found.path, found.used) == (tmp_path / "mine" / "requirements.txt", False)
    assert (found.names == {"loguru"}) == (name == "pyproject.toml")


def test_nothing_above_the_root_of_the_project_is_taken(dags: Path, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("loguru\n")
    (tmp_path / "mine" / ".git").mkdir()
    found = project_requirements.find(dags / "flows" / "d.py", context(dags))
    assert found.path == tmp_path / "mine" / "requirements.txt"


def test_file_given_to_setup_is_for_projects_without_one(dags: Path) -> None:
    given = context(dags, given=True)
    assert project_requirements.find(dags / "flows" / "d.py", given).path == given.requirements


def test_damaged_pyproject_lists_nothing(dags: Path, tmp_path: Path) -> None:
    (tmp_path / "mine" / "pyproject.toml").write_text("[project\n")
    assert project_requirements.find(dags / "flows" / "d.py", context(dags)).names == frozenset()
