from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.dags.migrate import plan as planning
from mlopsctl.operations.dags.migrate.run import run

BEFORE, AFTER = "x = '{{ execution_date }}'\n", "x = '{{ logical_date }}'\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.py"
    path.write_text(BEFORE, encoding="utf-8")
    path.chmod(0o640)
    return path


def test_file_is_replaced_with_its_permissions(file: Path) -> None:
    assert len(list(run(planning.read([file])))) == 1
    assert (file.read_text(), file.stat().st_mode & 0o777) == (AFTER, 0o640)
    assert planning.read([file]) == []


def test_file_behind_a_link_is_replaced_not_the_link(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.py"
    link.symlink_to(file)
    list(run(planning.read([link])))
    assert link.is_symlink()
    assert file.read_text() == AFTER


def test_backup_keeps_the_first_content(file: Path) -> None:
    list(run(planning.read([file]), backup=True))
    file.write_text("y = '{{ execution_date }}'\n", encoding="utf-8")
    list(run(planning.read([file]), backup=True))
    kept = sorted(path.name for path in file.parent.glob("*.orig*"))
    assert kept == ["a.py.orig", "a.py.orig.1"]
    assert (file.parent / "a.py.orig").read_text() == BEFORE


def test_file_that_changed_since_it_was_read_is_not_replaced(file: Path) -> None:
    migrations = planning.read([file])
    file.write_text("y = 1\n", encoding="utf-8")
    with pytest.raises(MlopsctlError):
        list(run(migrations))
    assert file.read_text() == "y = 1\n"
