"""The install record, and the search for a Python."""

from pathlib import Path

import pytest

from mlopsctl.adapters.venv import InstallRecord, Venv
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home


def test_record_is_none_unless_complete(tmp_path: Path) -> None:
    venv = Venv(Home(tmp_path))
    assert venv.record() is None
    venv.home.venv.mkdir()
    assert venv.record() is None
    record = InstallRecord("3.3.2", "3.11", "bundled", "digest")
    venv.write_record(record)
    assert venv.record() == record
    venv.record_path.write_text('{"airflow_ver')
    assert venv.record() is None


def test_installed_reads_the_metadata_folders(tmp_path: Path) -> None:
    site = Home(tmp_path).venv / "lib" / "python3.11" / "site-packages"
    (site / "apache_airflow_providers_fab-3.9.0.dist-info").mkdir(parents=True)
    assert Venv(Home(tmp_path)).installed() == {"apache-airflow-providers-fab": "3.9.0"}


def test_default_python_is_ours(tmp_path: Path) -> None:
    path, version = Venv(Home(tmp_path)).find_python("")
    assert Path(path).exists()
    assert tuple(map(int, version.split("."))) >= (3, 11)


def test_missing_python(tmp_path: Path) -> None:
    with pytest.raises(MlopsctlError, match=r"no Python 3\.99"):
        Venv(Home(tmp_path)).find_python("3.99")
