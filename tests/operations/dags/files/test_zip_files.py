"""Reading zip files of DAGs."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from mlopsctl.operations.dags.files import zip_files
from tests.operations.dags.zips import corrupt, encrypt, write_zip

DAG = "from airflow.sdk import DAG"


def test_members_are_named_by_paths_below_the_zip_file(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "pack.zip", one=DAG, two="x = 1")
    assert list(zip_files.dag_files(path)) == [(path / "one.py", DAG.encode())]
    assert zip_files.read(path / "two.py") == b"x = 1"
    assert (zip_files.zip_of(path / "one.py"), zip_files.zip_of(path)) == (path, None)
    assert zip_files.exists(path / "one.py") and not zip_files.exists(tmp_path / "other" / "one.py")


def test_what_cannot_be_unpacked_ends_the_dag_processor(tmp_path: Path) -> None:
    assert zip_files.stops_airflow(encrypt(write_zip(tmp_path / "locked.bin", one=DAG))) == "it is encrypted"
    assert "decompress" in zip_files.stops_airflow(corrupt(write_zip(tmp_path / "bad.zip", one=DAG * 100)))


@pytest.mark.parametrize("size", [0, 20, -1])
def test_what_is_no_zip_file_does_not(tmp_path: Path, size: int) -> None:
    path = write_zip(tmp_path / "pack.zip", one=DAG)
    path.write_bytes(path.read_bytes()[:size])
    assert zip_files.stops_airflow(path) == ""
    assert list(zip_files.dag_files(path)) == []


def test_zip_file_in_a_zip_file_is_not_read(tmp_path: Path) -> None:
    inner = write_zip(tmp_path / "inner.zip", one=DAG)
    with ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(inner, "inner.zip")
        archive.writestr("módulo.py", DAG)
    assert [member.name for member, _ in zip_files.dag_files(tmp_path / "outer.zip")] == ["módulo.py"]
    assert zip_files.stops_airflow(tmp_path / "outer.zip") == ""
