"""Only bytecode below the DAGs folder and in linked packages is removed."""

import py_compile
from pathlib import Path

import pytest

from mlopsctl.operations.dags.files import bytecode


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    (tmp_path / "home" / "dags").mkdir(parents=True)
    return tmp_path / "home" / "dags"


def module(folder: Path, name: str = "helper") -> Path:
    """A module with bytecode in a cache."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"{name}.py"
    source.write_text("x = 1\n")
    py_compile.compile(str(source))
    return source


def everything(top: Path) -> set[str]:
    return {str(path.relative_to(top)) for path in top.rglob("*")}


def test_caches_and_orphans_of_linked_packages(dags: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    module(project / "one" / "deep")
    module(dags, "alone")
    (dags / "one").symlink_to(project / "one")
    orphan = project / "one" / "old.pyc"
    module(project / "one", "old").rename(tmp_path / "away.py")
    (project / "one" / "__pycache__").rename(tmp_path / "cache")
    next((tmp_path / "cache").iterdir()).rename(orphan)
    found = bytecode.find(dags)
    assert [(e.name, len(e.caches), [p.name for p in e.orphans]) for e in found] == [
        (".", 1, []),
        ("one", 1, ["old.pyc"]),
    ]
    assert sum(map(bytecode.remove, found)) == 3
    assert everything(project) == {"one", "one/deep", "one/deep/helper.py"}
    assert bytecode.find(dags) == []


def test_cached_bytecode_without_source_is_stale(dags: Path) -> None:
    module(dags).unlink()
    (entry,) = bytecode.find(dags)
    assert [path.name.split(".")[0] for path in entry.stale] == ["helper"] and not entry.orphans


def test_bytecode_next_to_its_source_is_kept(dags: Path) -> None:
    source = dags / "helper.py"
    source.write_text("x = 1\n")
    py_compile.compile(str(source), cfile=str(dags / "helper.pyc"))
    assert bytecode.find(dags) == []


def test_nothing_outside_is_found(dags: Path, tmp_path: Path) -> None:
    """Neither through links inside of linked packages, nor in a venv, site-packages or a loop."""
    outside, project = tmp_path / "outside", tmp_path / "project"
    module(outside)
    module(project / "venv" / "lib")
    (project / "venv" / "pyvenv.cfg").write_text("")
    module(project / "site-packages" / "pandas")
    module(tmp_path / "home" / "secrets")
    (project / "away").symlink_to(outside)
    (project / "round").symlink_to(project)
    (project / "__pycache__").symlink_to(outside / "__pycache__")
    (dags / "project").symlink_to(project)
    (dags / "up").symlink_to(tmp_path / "home")
    (dags / "self").symlink_to(dags)
    (dags / "pandas").symlink_to(project / "site-packages" / "pandas")
    (dags / "env").symlink_to(project / "venv")
    before = everything(tmp_path)
    assert bytecode.find(dags) == []
    assert everything(tmp_path) == before


def test_other_files_in_a_cache_are_kept(dags: Path) -> None:
    module(dags)
    (dags / "__pycache__" / "notes.txt").write_text("mine")
    (entry,) = bytecode.find(dags)
    assert bytecode.remove(entry) == 1
    assert [path.name for path in (dags / "__pycache__").iterdir()] == ["notes.txt"]
