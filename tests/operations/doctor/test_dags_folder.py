"""Links of the DAGs folder: each fault is made, found and, where it is safe, mended."""

import py_compile
from pathlib import Path

import pytest

from mlopsctl.core.errors import as_hint
from tests.operations.doctor.contexts import findings, look, mend, set_up

ALL = ("dag-links", "dag-targets", "dag-copies", "dag-twice", "dag-loops", "dag-bytecode")
WELL = [("ok", "")]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        package(tmp_path / "course" / name)
    return tmp_path / "course"


@pytest.fixture
def home(tmp_path: Path, course: Path) -> Path:
    """All is well."""
    home = set_up(tmp_path / "home", f'dags = ["{course}"]\n')
    dags(home).mkdir(parents=True)
    for name in ("one", "two"):
        (dags(home) / name).symlink_to(course / name)
    return home


def dags(home: Path) -> Path:
    return home / "airflow" / "dags"


def package(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "dag.py").write_text("from airflow.sdk import DAG\n")
    return folder


def test_all_is_well(home: Path) -> None:
    assert [look(name, home) for name in ALL] == [WELL] * len(ALL)


def test_without_a_dags_folder_nothing_can_be_said(tmp_path: Path) -> None:
    home = set_up(tmp_path / "home")
    assert {look(name, home)[0] for name in ALL} == {("skipped", "there is no DAGs folder")}


def test_a_broken_link_is_led_to_where_its_package_stands_now(home: Path, course: Path, tmp_path: Path) -> None:
    (dags(home) / "two").unlink()
    (dags(home) / "two").symlink_to(tmp_path / "gone" / "two")
    assert look("dag-links", home) == [("error", f"two links to {tmp_path}/gone/two, which is not there.")]
    assert mend("dag-links", home) == [f"two → {course}/two"]
    assert look("dag-links", home) == WELL


def test_a_broken_link_to_what_nobody_has_goes(home: Path, tmp_path: Path) -> None:
    (dags(home) / "old").symlink_to(tmp_path / "gone")
    assert mend("dag-links", home) == ["link old removed"]
    assert look("dag-links", home) == WELL


def test_a_broken_link_in_a_package_is_its_owners(home: Path, course: Path, tmp_path: Path) -> None:
    (course / "one" / "data").symlink_to(tmp_path / "gone")
    (finding,) = findings("dag-links", home)
    assert (finding.fixable, as_hint(finding.hint).text()) == (False, f"rm '{course}/one/data'")


def test_a_link_to_the_wrong_place(home: Path, course: Path, tmp_path: Path) -> None:
    other = package(tmp_path / "copy" / "two")
    (dags(home) / "two").unlink()
    (dags(home) / "two").symlink_to(other)
    assert look("dag-targets", home) == [("error", f"two links to {other} instead of {course}/two.")]
    mend("dag-targets", home)
    assert (dags(home) / "two").readlink() == course / "two"
    assert look("dag-targets", home) == WELL


def test_a_package_that_is_not_linked(home: Path, course: Path) -> None:
    package(course / "three")
    assert look("dag-targets", home) == [("error", f"{course}/three is not linked into the DAGs folder.")]
    mend("dag-targets", home)
    assert look("dag-targets", home) == WELL


def test_a_folder_of_setup_that_is_gone(home: Path, course: Path) -> None:
    course.rename(course.with_name("moved"))
    (finding,) = findings("dag-targets", home)
    assert (finding.message, as_hint(finding.hint).text(), finding.fixable) == (
        f"the DAGs folder {course} does not exist.",
        "mlopsctl setup --dags DIR",
        False,
    )


def test_a_copy_where_a_link_should_be_is_never_touched(home: Path, course: Path) -> None:
    (dags(home) / "two").unlink()
    package(dags(home) / "two")
    (finding,) = findings("dag-copies", home)
    assert finding.message == f"two is a copy in the DAGs folder where a link to {course}/two should be."
    assert as_hint(finding.hint).text() == f"mv '{dags(home)}/two' ~/ && mlopsctl link add '{course}/two'"
    assert not finding.fixable
    assert look("dag-targets", home) == WELL


@pytest.mark.parametrize("name", ["again", "a_first"])
def test_one_directory_reached_twice(home: Path, course: Path, name: str) -> None:
    """Whichever Airflow reaches first: setup's own link stays."""
    (dags(home) / name).symlink_to(course / "two")
    ((verdict, message),) = look("dag-twice", home)
    assert verdict == "error" and message.endswith(f"are one directory, {course}/two.") and name in message
    assert mend("dag-twice", home) == [f"link {name} removed"]
    assert look("dag-twice", home) == WELL
    assert (dags(home) / "two").exists() and (course / "two" / "dag.py").exists()


def test_a_link_to_a_folder_that_holds_what_is_linked(home: Path, course: Path) -> None:
    (dags(home) / "whole").symlink_to(course)
    assert len(look("dag-twice", home)) == 2
    assert mend("dag-twice", home) == ["link whole removed"]
    assert look("dag-twice", home) == WELL


def test_a_second_way_inside_a_package_is_its_owners(home: Path, course: Path) -> None:
    (course / "one" / "shared").symlink_to(course / "two")
    (finding,) = findings("dag-twice", home)
    assert not finding.fixable and as_hint(finding.hint).text().startswith("mlopsctl link list")


def test_a_loop_in_the_dags_folder_and_one_in_a_package(home: Path, course: Path) -> None:
    (dags(home) / "self").symlink_to(dags(home))
    (course / "one" / "up").symlink_to(course / "one")
    inner, outer = findings("dag-loops", home)
    assert (inner.message, inner.fixable, as_hint(inner.hint).text()) == (
        f"one/up leads back to {course}/one, in which it stands itself.",
        False,
        f"rm '{dags(home)}/one/up'",
    )
    assert outer.fixable and outer.message.startswith("self leads back to ")
    (course / "one" / "up").unlink()
    assert mend("dag-loops", home) == ["link self removed"]
    assert look("dag-loops", home) == WELL


def test_bytecode_whose_source_is_gone(home: Path, course: Path) -> None:
    for name in ("old", "older"):
        (course / "one" / f"{name}.py").write_text("x = 1\n")
    py_compile.compile(str(course / "one" / "old.py"), cfile=str(course / "one" / "old.pyc"))
    py_compile.compile(str(course / "one" / "older.py"))
    assert look("dag-bytecode", home) == WELL
    for name in ("old", "older"):
        (course / "one" / f"{name}.py").unlink()
    assert look("dag-bytecode", home)[0] == (
        "error",
        f"{course}/one/old.pyc is imported as if its source, which is gone, were there.",
    )
    assert look("dag-bytecode", home)[1][0] == "warning"
    assert mend("dag-bytecode", home) == ["2 files of bytecode removed"]
    assert look("dag-bytecode", home) == WELL
