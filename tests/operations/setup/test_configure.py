"""airflow.cfg: readable by Airflow's own parser, and with secrets that no other home has."""

from configparser import ConfigParser
from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.cli.app import App
from mlopsctl.cli.output import Output
from mlopsctl.operations.setup.configure import render
from mlopsctl.settings import Settings


def configuration(home: Path, settings: Settings | None = None) -> ConfigParser:
    parser = ConfigParser()
    parser.read_string(render(App(home, "setup", Output()).platform_with(settings or Settings())))
    return parser


def test_it_holds_what_mlopsctl_decides(tmp_path: Path) -> None:
    cfg = configuration(tmp_path / "홈 100%", replace(Settings(), api_port=8099))
    assert cfg["core"]["executor"] == "LocalExecutor"
    assert cfg.getint("core", "parallelism") >= 32
    assert cfg["core"]["dags_folder"] == f"{tmp_path}/홈 100%/airflow/dags"
    assert cfg["core"]["execution_api_server_url"] == "http://127.0.0.1:8099/execution/"
    assert cfg["core"]["auth_manager"].endswith("FabAuthManager")
    assert cfg["core"]["xcom_backend"].endswith("XComObjectStorageBackend")
    assert cfg["database"]["sql_alchemy_conn"].startswith("postgresql+psycopg2://airflow:")
    assert cfg.getint("dag_processor", "refresh_interval") <= 10
    assert 0.25 < cfg.getfloat("scheduler", "scheduler_idle_sleep_time") < 0.35, "idle CPU below, waiting above"
    pool = cfg.getint("database", "sql_alchemy_pool_size") + cfg.getint("database", "sql_alchemy_max_overflow")
    assert 40 < pool < 200, "more than the API server's threads, less than PostgreSQL's connections"


def test_said_again_it_is_the_same(tmp_path: Path) -> None:
    assert configuration(tmp_path) == configuration(tmp_path)


def test_no_secret_is_shared_by_two_homes(tmp_path: Path) -> None:
    one, other = (configuration(tmp_path / name) for name in ("one", "other"))
    for section, key in (("core", "fernet_key"), ("api", "secret_key"), ("api_auth", "jwt_secret")):
        assert one[section][key] != other[section][key]


@pytest.mark.parametrize("name", ["plain", "100%", "a b", "#1", "홈"])
def test_the_folder_of_xcoms_is_named_as_it_is(tmp_path: Path, name: str) -> None:
    path = configuration(tmp_path / name)["common.io"]["xcom_objectstorage_path"]
    assert path == f"file://{tmp_path}/{name}/airflow/xcom"
