"""The record that tells a whole venv from a half-made one."""

from pathlib import Path

import pytest

from mlopsctl.adapters.venv import InstallRecord, Venv
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home


def test_a_venv_without_a_record_is_not_whole(tmp_path: Path) -> None:
    venv = Venv(Home(tmp_path))
    assert venv.record() is None
    venv.home.venv.mkdir()
    assert venv.record() is None
    record = InstallRecord("3.3.2", "3.11", "bundled", "digest")
    venv.write_record(record)
    assert venv.record() == record
    venv.record_path.write_text('{"airflow_ver')
    assert venv.record() is None


def test_what_is_installed_is_read_from_the_metadata_folders(tmp_path: Path) -> None:
    site = Home(tmp_path).venv / "lib" / "python3.11" / "site-packages"
    (site / "apache_airflow_providers_fab-3.9.0.dist-info").mkdir(parents=True)
    assert Venv(Home(tmp_path)).installed() == {"apache-airflow-providers-fab": "3.9.0"}


def test_the_python_we_run_on_is_found(tmp_path: Path) -> None:
    path, version = Venv(Home(tmp_path)).find_python("")
    assert Path(path).exists()
    assert tuple(map(int, version.split("."))) >= (3, 11)


def test_a_python_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(MlopsctlError, match=r"no Python 3\.99"):
        Venv(Home(tmp_path)).find_python("3.99")
