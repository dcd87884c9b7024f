import os
from pathlib import Path

import pytest

from tests.operations.dags.zips import encrypt, write_zip
from tests.operations.doctor.checks.dags.conftest import DAG, Project, make_package
from tests.operations.doctor.contexts import findings, fix_first, is_ok, make_home, outcome, verdicts

CHECKS = ("dag-links", "dag-targets", "dag-copies", "dag-twice", "dag-loops", "dag-files", "dag-bytecode")


@pytest.mark.parametrize("name", CHECKS)
def test_linked_packages_are_ok(name: str, project: Project) -> None:
    assert is_ok(name, project.home)


@pytest.mark.parametrize("name", CHECKS)
def test_checks_are_skipped_without_a_dags_folder(name: str, tmp_path: Path) -> None:
    assert verdicts(name, make_home(tmp_path / "home")) == ["skipped"]


def test_broken_link_is_replaced_if_the_project_has_the_package(project: Project, tmp_path: Path) -> None:
    link = project.link("two", tmp_path / "gone" / "two")
    verdict, message = outcome("dag-links", project.home)
    assert verdict == "error" and message.startswith(f"two links to {tmp_path}/gone/two")
    fix_first("dag-links", project.home)
    assert link.readlink() == project.folder / "two" and is_ok("dag-links", project.home)


def test_broken_link_is_removed_if_no_package_has_its_name(project: Project, tmp_path: Path) -> None:
    link = project.link("old", tmp_path / "gone")
    fix_first("dag-links", project.home)
    assert not link.is_symlink() and is_ok("dag-links", project.home)


def test_broken_link_inside_a_package_is_left_to_its_owner(project: Project, tmp_path: Path) -> None:
    (project.folder / "one" / "data").symlink_to(tmp_path / "gone")
    (finding,) = findings("dag-links", project.home)
    assert (finding.fixable, finding.hint.line) == (False, f"rm {project.folder}/one/data")


def test_link_with_another_target_is_replaced(project: Project, tmp_path: Path) -> None:
    other = make_package(tmp_path / "copy" / "two")
    link = project.link("two", other)
    verdict, message = outcome("dag-targets", project.home)
    assert verdict == "error" and str(other) in message
    fix_first("dag-targets", project.home)
    assert link.readlink() == project.folder / "two" and is_ok("dag-targets", project.home)


def test_package_that_is_not_linked_is_linked(project: Project) -> None:
    package = project.add_package("three")
    verdict, message = outcome("dag-targets", project.home)
    assert verdict == "error" and str(package) in message
    fix_first("dag-targets", project.home)
    assert (project.dags / "three").readlink() == package and is_ok("dag-targets", project.home)


def test_missing_project_folder(project: Project) -> None:
    project.folder.rename(project.folder.with_name("moved"))
    (finding,) = findings("dag-targets", project.home)
    assert (finding.fixable, finding.hint.command) == (False, ("setup", "--dags", "DIR"))


def test_copy_instead_of_a_link_is_never_changed(project: Project) -> None:
    (project.dags / "two").unlink()
    copy = make_package(project.dags / "two")
    (finding,) = findings("dag-copies", project.home)
    assert finding.hint.text() == f"mv {copy} ~/ && mlopsctl link add {project.folder}/two"
    assert not finding.fixable
    assert is_ok("dag-targets", project.home)


@pytest.mark.parametrize("name", ["again", "a_first"])
def test_second_link_to_a_folder_is_removed(project: Project, name: str) -> None:
    """Whichever of them Airflow reaches first: the link that setup creates is kept."""
    link = project.link(name, project.folder / "two")
    verdict, message = outcome("dag-twice", project.home)
    assert verdict == "error" and name in message and str(project.folder / "two") in message
    fix_first("dag-twice", project.home)
    assert not link.is_symlink() and is_ok("dag-twice", project.home)
    assert (project.dags / "two" / "dag.py").exists()


def test_link_to_a_folder_of_linked_packages_is_removed(project: Project) -> None:
    link = project.link("all", project.folder)
    assert verdicts("dag-twice", project.home) == ["error", "error"]
    fix_first("dag-twice", project.home)
    assert not link.is_symlink() and is_ok("dag-twice", project.home)


def test_second_link_inside_a_package_is_left_to_its_owner(project: Project) -> None:
    (project.folder / "one" / "shared").symlink_to(project.folder / "two")
    (finding,) = findings("dag-twice", project.home)
    assert (finding.fixable, finding.hint.line) == (False, f"rm {project.folder}/one/shared")


def test_two_links_inside_packages_that_form_a_loop(project: Project) -> None:
    for package, other in (("one", "two"), ("two", "one")):
        (project.folder / package / "other").symlink_to(project.folder / other)
    hints = [finding.hint.line for name in ("dag-twice", "dag-loops") for finding in findings(name, project.home)]
    assert hints == [f"rm {project.folder}/one/other", f"rm {project.folder}/two/other"]


def test_file_name_that_ends_the_dag_processor(project: Project) -> None:
    project.write(os.fsdecode(b"caf\xe9"), DAG)
    verdict, message = outcome("dag-files", project.home)
    assert verdict == "error" and message.startswith("one/caf\\udce9.py ends the dag-processor")


def test_zip_file_that_ends_the_dag_processor(project: Project) -> None:
    encrypt(write_zip(project.folder / "one" / "locked.zip", dag=DAG))
    (finding,) = findings("dag-files", project.home)
    assert finding.hint.line == f"echo locked.zip >> {project.dags}/one/.airflowignore"
    (project.folder / "one" / ".airflowignore").write_text("locked.zip\n")
    assert is_ok("dag-files", project.home)


def test_link_loop_in_the_dags_folder_is_removed(project: Project) -> None:
    link = project.link("self", project.dags)
    assert verdicts("dag-loops", project.home) == ["error"]
    fix_first("dag-loops", project.home)
    assert not link.is_symlink() and is_ok("dag-loops", project.home)


def test_link_loop_inside_a_package_is_left_to_its_owner(project: Project) -> None:
    (project.folder / "one" / "up").symlink_to(project.folder / "one")
    (finding,) = findings("dag-loops", project.home)
    assert (finding.fixable, finding.hint.line) == (False, f"rm {project.folder}/one/up")
