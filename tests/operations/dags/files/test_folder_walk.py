"""The DAGs folder as Airflow walks it."""

from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.dags.files import folder_walk
from mlopsctl.operations.dags.files.folder_walk import walk


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    (tmp_path / "home" / "dags").mkdir(parents=True)
    return tmp_path / "home" / "dags"


def package(folder: Path) -> Path:
    (folder / "sql").mkdir(parents=True)
    (folder / "dag.py").write_text("from airflow.sdk import DAG\n")
    (folder / "helper.py").write_text("x = 1\n")
    (folder / "sql" / "a.sql").write_text("")
    return folder


def test_links_are_followed(dags: Path, tmp_path: Path) -> None:
    (dags / "linked").symlink_to(package(tmp_path / "project" / "one"))
    tree = walk(dags)
    assert [tree.relative(path) for path in tree.files] == ["linked/dag.py", "linked/helper.py", "linked/sql/a.sql"]
    assert [tree.relative(path) for path in tree.sources] == ["linked/dag.py", "linked/helper.py"]
    assert [tree.relative(path) for path in tree.dag_files] == ["linked/dag.py"]
    assert (tree.duplicates, tree.loops, tree.broken) == ([], [], [])


def test_duplicate_and_nested_directories_are_reported(dags: Path, tmp_path: Path) -> None:
    one = package(tmp_path / "project" / "one")
    for name, target in (("a", one), ("b", one), ("c", one / "sql")):
        (dags / name).symlink_to(target)
    assert walk(dags).duplicates == [(dags / "b", dags / "a"), (dags / "c", dags / "a" / "sql")]


def test_loops_are_reported_and_not_followed(dags: Path, tmp_path: Path) -> None:
    one = package(tmp_path / "project" / "one")
    (one / "up").symlink_to(tmp_path / "project" / "one")
    (dags / "one").symlink_to(one)
    (dags / "self").symlink_to(dags)
    (dags / "round").symlink_to(dags / "round")
    tree = walk(dags)
    assert tree.loops == [(dags / "one" / "up", one.resolve()), (dags / "self", dags.resolve())]
    assert tree.broken == [dags / "round"]


def test_link_without_target_is_broken(dags: Path, tmp_path: Path) -> None:
    (dags / "gone").symlink_to(tmp_path / "gone")
    assert walk(dags).broken == [dags / "gone"]
    assert walk(tmp_path / "nowhere").files == []


def test_airflowignore_is_respected(dags: Path) -> None:
    package(dags / "one")
    package(dags / "two")
    (dags / ".airflowignore").write_text("# tools\ntwo/\nhelper.py\n!one/helper.py\n")
    (dags / "one" / ".airflowignore").write_text("sql\n")
    tree = walk(dags)
    found = {tree.relative(path) for path in tree.files}
    assert found == {".airflowignore", "one/.airflowignore", "one/dag.py", "one/helper.py"}
    assert tree.folders == [dags / "one"]


def test_venv_is_skipped(dags: Path) -> None:
    package(dags / "env" / "lib")
    (dags / "env" / "pyvenv.cfg").write_text("")
    assert walk(dags).files == []


def test_too_many_files_are_an_error(dags: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_walk, "MAX_FILES", 2)
    package(dags / "one")
    with pytest.raises(MlopsctlError, match="more than 2 files"):
        walk(dags)


def test_invalid_ignore_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".airflowignore").write_text("*.txt\n!\n", encoding="utf-8")
    with pytest.raises(MlopsctlError, match=r"\.airflowignore"):
        walk(tmp_path)
