"""The Airflow to adopt: its database, key and DAG folders."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.operations.adopt import source
from mlopsctl.operations.platform import Platform

OWN = "postgresql+psycopg2://airflow@/airflow"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """An AIRFLOW_HOME with an SQLite database."""
    home = tmp_path / "other"
    home.mkdir()
    (home / "airflow.db").touch()
    return home


def find(tmp_path: Path, home: Path | None, cfg: str = "", url: str = "", key: str = "", **env: str) -> source.Source:
    platform: Any = SimpleNamespace(home=Home(tmp_path / "ml"), metadata_url=lambda: OWN)
    if home and cfg:
        (home / "airflow.cfg").write_text(cfg)
    return source.find(cast(Platform, platform), home, url, key, env)


def test_what_the_configuration_does_not_set_has_airflows_default(tmp_path: Path, other: Path) -> None:
    found = find(tmp_path, other)
    assert found.url == f"sqlite:///{other}/airflow.db"
    assert (found.dag_folders, found.fernet_keys, found.options) == ((other / "dags",), (), {})


def test_given_values_are_preferred(tmp_path: Path, other: Path) -> None:
    found = find(tmp_path, other, "[core]\nfernet_key = a\n", url="postgresql://h/db", key="new, old\n")
    assert (found.url, found.fernet_keys) == ("postgresql://h/db", ("new", "old"))
    assert find(tmp_path, None, url="mysql://h/db").dag_folders == ()


def test_variables_that_were_read_are_named(tmp_path: Path, other: Path) -> None:
    found = find(tmp_path, other, AIRFLOW__CORE__FERNET_KEY="k", AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="mysql://h/db")
    assert found.fernet_keys == ("k",) and found.url == "mysql://h/db"
    assert "AIRFLOW__CORE__FERNET_KEY, AIRFLOW__DATABASE__SQL_ALCHEMY_CONN" in found.notes[0].text


def test_local_dag_bundles_replace_the_dags_folder(tmp_path: Path, other: Path) -> None:
    local = (
        '{"name": "a", "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle", "kwargs": {"path": "/d"}}'
    )
    git = '{"name": "g", "classpath": "airflow.providers.git.bundles.git.GitDagBundle", "kwargs": {}}'
    found = find(tmp_path, other, f"[dag_processor]\ndag_bundle_config_list = [{local},\n  {git}]\n")
    assert found.dag_folders == (Path("/d"),) and "g" in found.notes[0].text
    broken = find(tmp_path, other, "[dag_processor]\ndag_bundle_config_list = [{]\n")
    assert broken.dag_folders == (other / "dags",) and "invalid" in broken.notes[0].text


def test_plugins_are_not_adopted_and_named(tmp_path: Path, other: Path) -> None:
    (other / "plugins").mkdir()
    assert find(tmp_path, other).notes == ()
    (other / "plugins" / "p.py").touch()
    assert str(other / "plugins") in find(tmp_path, other).notes[0].text


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (OWN, "own-platform"),
        ("mysql://u:p@s@h/db", "url"),
        ("sqlite:////nothing/airflow.db", "no-database"),
        ("sqlite:///airflow.db", "no-database"),
    ],
)
def test_a_database_that_cannot_be_adopted(tmp_path: Path, url: str, code: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        find(tmp_path, None, url=url)
    assert caught.value.code == code and caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
@pytest.mark.parametrize("name", ["airflow.db", "airflow.cfg", "."])
def test_what_may_not_be_read_is_named(tmp_path: Path, other: Path, name: str) -> None:
    (other / "airflow.cfg").touch()
    (other / name).chmod(0)
    with pytest.raises(MlopsctlError) as caught:
        find(tmp_path, other)
    other.chmod(0o700)
    assert caught.value.code == "no-rights" and str(other) in caught.value.message


def test_the_platform_itself_and_another_home_are_refused(tmp_path: Path, other: Path) -> None:
    for own in (tmp_path / "ml", tmp_path / "ml" / "airflow"):
        own.mkdir(exist_ok=True)
        with pytest.raises(MlopsctlError) as caught:
            find(tmp_path, own)
        assert caught.value.code == "own-platform"
    (other / "config.toml").touch()
    (other / "airflow").mkdir()
    (other / "airflow" / "airflow.cfg").touch()
    with pytest.raises(MlopsctlError) as caught:
        find(tmp_path, other)
    assert caught.value.hint.command == ("adopt", str(other / "airflow"))
