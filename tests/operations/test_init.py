"""Projects that `mlopsctl init` creates. One of them runs on a platform in tests/live/test_init.py."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.states import StepState
from mlopsctl.operations import init
from mlopsctl.operations.dags import links
from mlopsctl.operations.dags.check.run import check
from mlopsctl.operations.init import Project, Template
from tests.dags.dag_source import parse_time_imports

TEMPLATES = list(Template)


def project(folder: Path, template: Template = Template.EMPTY, version: str = "3.3.2") -> Project:
    return Project(folder, template, "Europe/Berlin", version)


def create(wanted: Project) -> list[StepState]:
    return [step.state for step in init.run(init.plan(wanted), wanted)]


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("loans", "loans"), ("Loan Risk-2", "loan_risk_2"), ("2024-loans", "pipeline_2024_loans"), ("대출", "pipeline"),
        ("class", "class_pipeline"), ("json", "json_pipeline"), ("airflow", "airflow_pipeline"), ("_x_", "x"),
        ("a" * 100, "a" * 40),
    ],
)  # fmt: skip
def test_name_is_a_valid_module_and_dag_id(folder: str, name: str) -> None:
    assert project(Path("/srv") / folder).name == name
    assert name.isidentifier()


@pytest.mark.parametrize("template", TEMPLATES)
def test_tests_of_a_new_project_pass(tmp_path: Path, template: Template) -> None:
    create(project(tmp_path / "my loans", template))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        command, cwd=tmp_path / "my loans", env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("template", TEMPLATES)
def test_nothing_in_a_project_has_the_name_of_the_template(tmp_path: Path, template: Template) -> None:
    for path, text in project(tmp_path / "loans", template).files().items():
        assert not re.search("my_project|MLOPSCTL_VERSION|Seoul", f"{path} {text}"), path


@pytest.mark.parametrize("template", TEMPLATES)
def test_dag_is_one_package_that_imports_nothing_of_mlopsctl(tmp_path: Path, template: Template) -> None:
    new = project(tmp_path / "loans", template)
    create(new)
    assert links.dag_packages(new.dags) == [new.dags / "loans"]
    for file in new.dags.rglob("*.py"):
        assert not [name for name in parse_time_imports(file) if name.startswith("mlopsctl")]
    assert "pandas" not in parse_time_imports(new.dags / "loans" / "loans.py")


@pytest.mark.parametrize("template", TEMPLATES)
def test_check_finds_no_problem_in_a_project(tmp_path: Path, template: Template) -> None:
    new = project(tmp_path / "loans", template)
    create(new)
    assert list(check([new.dags])) == []


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    new = project(tmp_path / "deep" / "loans")
    assert set(create(new)) == {StepState.CHANGED}
    assert set(create(new)) == {StepState.OK}
    assert [path.name for path in new.folder.parent.iterdir()] == ["loans"]


def test_an_empty_repository_becomes_a_project(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").touch()
    create(project(tmp_path))
    assert tree(tmp_path) == {".git/HEAD"} | {str(path) for path in project(tmp_path).files()}


def test_what_is_in_the_way_is_listed_and_kept(tmp_path: Path) -> None:
    for name in ("notes.txt", "README.md", "dags/other.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine")
    with pytest.raises(MlopsctlError) as error:
        init.plan(project(tmp_path))
    assert error.value.code == "not-empty"
    assert error.value.message.endswith("is not empty: README.md, dags/other.py, notes.txt.")
    assert tree(tmp_path) == {"notes.txt", "README.md", "dags/other.py"}


def test_a_file_is_not_a_directory(tmp_path: Path) -> None:
    (tmp_path / "loans").touch()
    for folder in (tmp_path / "loans", tmp_path / "loans" / "below"):
        with pytest.raises(MlopsctlError) as error:
            init.plan(project(folder))
        assert error.value.exit_code == 2


@pytest.mark.parametrize(("version", "warnings"), [("2.11.2", 1), ("3.0.6", 0)])
def test_home_with_airflow_2_is_a_warning(tmp_path: Path, version: str, warnings: int) -> None:
    assert len(init.plan(project(tmp_path / "loans", version=version)).notes) == warnings


@pytest.mark.parametrize("is_new", [True, False])
def test_a_killed_run_is_completed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_new: bool) -> None:
    new = project(tmp_path / "loans")
    if not is_new:
        new.folder.mkdir()
    renamed: list[Path] = []

    def killed(source: Path, target: Path) -> None:
        if len(renamed) == (0 if is_new else 3):
            raise KeyboardInterrupt
        renamed.append(target)
        os.rename(source, target)  # noqa: PTH104  # the method is replaced by this function

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "rename", killed)
        create(new)
    assert new.folder.exists() is not is_new
    create(new)
    assert tree(tmp_path) == {f"loans/{path}" for path in new.files()}
    assert [path.name for path in tmp_path.iterdir()] == ["loans"]
