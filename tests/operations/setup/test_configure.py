"""airflow.cfg: readable by Airflow's own parser, and with secrets that no other home has."""

from configparser import ConfigParser
from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.adapters.files import make_secret
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.settings import Settings
from mlopsctl.operations.setup.configure import Configure
from mlopsctl.operations.setup.request import Request


def configure(home: Path, settings: Settings | None = None) -> Configure:
    return Configure(Request(App(home, "setup", Output()).platform_with(settings or Settings())))


def configuration(home: Path, settings: Settings | None = None) -> ConfigParser:
    """As a first setup writes it, once there is a cluster."""
    make_secret(home / "secrets" / "postgres-airflow-password")
    stage = configure(home, settings)
    list(stage.do())
    parser = ConfigParser()
    parser.read_string((home / "airflow" / "airflow.cfg").read_text(encoding="utf-8"))
    assert stage.todo() == ""
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


def test_who_only_looks_makes_no_secret(tmp_path: Path) -> None:
    assert configure(tmp_path).todo() == "write airflow.cfg"
    assert not (tmp_path / "secrets").exists()


@pytest.mark.parametrize("name", ["fernet-key", "jwt-secret", "api-secret", "postgres-airflow-password"])
def test_a_secret_that_is_lost_is_not_replaced_while_airflow_cfg_holds_it(tmp_path: Path, name: str) -> None:
    configuration(tmp_path)
    before = (tmp_path / "airflow" / "airflow.cfg").read_text(encoding="utf-8")
    (tmp_path / "secrets" / name).unlink()
    for act in (configure(tmp_path).todo, lambda: list(configure(tmp_path).do())):
        with pytest.raises(MlopsctlError, match=f"the secret .*/{name} is missing"):
            act()
    assert not (tmp_path / "secrets" / name).exists()
    assert (tmp_path / "airflow" / "airflow.cfg").read_text(encoding="utf-8") == before


@pytest.mark.parametrize("name", ["plain", "100%", "a b", "#1", "홈"])
def test_the_folder_of_xcoms_is_named_as_it_is(tmp_path: Path, name: str) -> None:
    path = configuration(tmp_path / name)["common.io"]["xcom_objectstorage_path"]
    assert path == f"file://{tmp_path}/{name}/airflow/xcom"
