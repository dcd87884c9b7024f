"""The install record, and what is installed."""

from pathlib import Path

from mlopsctl.adapters.venv import InstallRecord, Venv
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
