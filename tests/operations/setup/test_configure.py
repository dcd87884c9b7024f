"""airflow.cfg: valid for Airflow's parser, and with secrets of its own."""

import json
from configparser import ConfigParser
from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.adapters.airflow import config
from mlopsctl.adapters.airflow.config import CeleryOptions
from mlopsctl.adapters.files import make_secret
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import Settings
from mlopsctl.operations.setup.configure import ConfigureStep
from mlopsctl.operations.setup.request import SetupRequest


def configure(home: Path, settings: Settings | None = None) -> ConfigureStep:
    return ConfigureStep(SetupRequest(App(home, "setup", Output()).platform_with(settings or Settings())))


def configuration(home: Path, settings: Settings | None = None) -> ConfigParser:
    """As a first setup writes it, after the database server was created."""
    make_secret(home / "secrets" / "postgres-airflow-password")
    step = configure(home, settings)
    list(step.do())
    parser = ConfigParser()
    parser.read_string((home / "airflow" / "airflow.cfg").read_text(encoding="utf-8"))
    assert step.todo() == ""
    return parser


def test_it_contains_the_options_of_mlopsctl(tmp_path: Path) -> None:
    cfg = configuration(tmp_path / "홈 100%", replace(Settings(), api_port=8099))
    assert cfg["core"]["executor"] == "LocalExecutor"
    assert cfg["core"]["dags_folder"] == f"{tmp_path}/홈 100%/airflow/dags"
    assert cfg["core"]["execution_api_server_url"] == "http://127.0.0.1:8099/execution/"
    assert cfg["core"]["auth_manager"].endswith("FabAuthManager")
    assert cfg["core"]["xcom_backend"].endswith("XComObjectStorageBackend")
    assert cfg["database"]["sql_alchemy_conn"].startswith("postgresql+psycopg2://airflow:")
    assert cfg.getint("dag_processor", "refresh_interval") <= 10
    assert 0.25 < cfg.getfloat("scheduler", "scheduler_idle_sleep_time") < 0.35, (
        "less costs CPU while idle, more delays tasks"
    )
    pool = cfg.getint("database", "sql_alchemy_pool_size") + cfg.getint("database", "sql_alchemy_max_overflow")
    assert 40 < pool < 200, "more than the API server's threads, less than PostgreSQL's connections"


@pytest.mark.parametrize(("memory", "tasks"), [(1000, 8), (1900, 8), (3700, 16), (7600, 32), (64000, 32)])
def test_as_many_tasks_at_once_as_memory_suffices_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: int, tasks: int
) -> None:
    monkeypatch.setattr(config, "memory_limit", lambda: memory * 2**20)
    assert configuration(tmp_path).getint("core", "parallelism") == tasks


def test_a_second_run_writes_the_same(tmp_path: Path) -> None:
    assert configuration(tmp_path) == configuration(tmp_path)


def test_two_homes_share_no_secrets(tmp_path: Path) -> None:
    one, other = (configuration(tmp_path / name) for name in ("one", "other"))
    for section, key in (("core", "fernet_key"), ("api", "secret_key"), ("api_auth", "jwt_secret")):
        assert one[section][key] != other[section][key]


def test_a_plan_generates_no_secrets(tmp_path: Path) -> None:
    assert configure(tmp_path).todo() == "write airflow.cfg"
    assert not (tmp_path / "secrets").exists()


@pytest.mark.parametrize("name", ["fernet-key", "jwt-secret", "api-secret", "postgres-airflow-password"])
def test_a_missing_secret_is_not_replaced_while_airflow_cfg_contains_it(tmp_path: Path, name: str) -> None:
    configuration(tmp_path)
    before = (tmp_path / "airflow" / "airflow.cfg").read_text(encoding="utf-8")
    (tmp_path / "secrets" / name).unlink()
    for act in (configure(tmp_path).todo, lambda: list(configure(tmp_path).do())):
        with pytest.raises(MlopsctlError, match=f"the secret .*/{name} is missing"):
            act()
    assert not (tmp_path / "secrets" / name).exists()
    assert (tmp_path / "airflow" / "airflow.cfg").read_text(encoding="utf-8") == before


@pytest.mark.parametrize("name", ["plain", "100%", "a b", "#1", "홈"])
def test_the_path_of_xcoms_is_not_quoted(tmp_path: Path, name: str) -> None:
    path = configuration(tmp_path / name)["common.io"]["xcom_objectstorage_path"]
    assert path == f"file://{tmp_path}/{name}/airflow/xcom"


@pytest.mark.parametrize("version", ["2.7.2", "2.11.2"])
def test_airflow_2_gets_its_own_names_of_options(tmp_path: Path, version: str) -> None:
    cfg = configuration(tmp_path, replace(Settings(), airflow_version=version, api_port=8099))
    assert cfg["webserver"]["web_server_port"] == "8099"
    assert cfg["webserver"]["secret_key"] and not cfg.has_section("api_auth") and not cfg.has_option("api", "port")
    assert "basic_auth" in cfg["api"]["auth_backends"]
    assert cfg.getint("scheduler", "dag_dir_list_interval") <= 10
    assert cfg.getboolean("scheduler", "standalone_dag_processor")
    assert not cfg.getboolean("database", "load_default_connections")
    assert not cfg.has_option("core", "auth_manager")
    assert cfg.has_option("core", "xcom_backend") == (version == "2.11.2")


def test_airflow_3_gets_no_options_of_airflow_2(tmp_path: Path) -> None:
    cfg = configuration(tmp_path / "latest")
    assert not cfg.has_section("webserver") and not cfg.has_option("scheduler", "standalone_dag_processor")
    assert not cfg.has_option("api", "auth_backends") and not cfg.has_section("fab")
    oldest = configuration(tmp_path / "3.0", replace(Settings(), airflow_version="3.0.6"))
    assert oldest["fab"]["auth_backends"].endswith("basic_auth")


REPEATED = {"execution_api_retries": "20", "execution_api_retry_wait_max": "5"}


@pytest.mark.parametrize(
    ("version", "options"),
    [
        ("3.3.2", {"execution_api_timeout": "30"} | REPEATED),
        ("3.1.8", {"execution_api_timeout": "30"} | REPEATED),
        ("3.0.6", REPEATED),
        ("2.11.2", {}),
    ],
)
def test_tasks_wait_for_a_slow_api_server(tmp_path: Path, version: str, options: dict[str, str]) -> None:
    cfg = configuration(tmp_path, replace(Settings(), airflow_version=version))
    assert (dict(cfg["workers"]) if cfg.has_section("workers") else {}) == options


def test_the_plugin_is_written_beside_those_of_the_user_and_again_if_it_changed(tmp_path: Path) -> None:
    plugins = tmp_path / "airflow" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "own.py").touch()
    configuration(tmp_path)
    (written,) = set(plugins.iterdir()) - {plugins / "own.py"}
    assert written.name.startswith("mlopsctl_")
    written.write_text("of another version", encoding="utf-8")
    assert configure(tmp_path).todo() == f"rewrite {written.name}"
    list(configure(tmp_path).do())
    assert configure(tmp_path).todo() == ""


def test_with_workers_tasks_run_on_celery(tmp_path: Path) -> None:
    celery = CeleryOptions("redis://celery:b@127.0.0.1:1/0", "db+postgresql+psycopg2://celery:r@/celery", 4, 40)
    local = configuration(tmp_path)
    assert not local.has_section("celery") and not local.has_option("scheduler", "task_instance_heartbeat_timeout")
    cfg = ConfigParser()
    cfg.read_string(config.render(Home(tmp_path), Settings(), "postgresql://", celery))
    assert cfg["core"]["executor"] == "CeleryExecutor,LocalExecutor"
    assert cfg.getint("core", "parallelism") == 40, "not the number for tasks in the scheduler"
    assert cfg.getint("scheduler", "task_instance_heartbeat_timeout") <= 50, "a lost host is noticed within a minute"
    options = json.loads(cfg["celery"]["extra_celery_config"])
    assert options["worker_enable_prefetch_count_reduction"] is False
    assert options["task_publish_retry_policy"]["max_retries"] is None
    assert cfg.getint("common.io", "xcom_objectstorage_threshold") == -1, "another host could not read the file"
    assert local.getint("common.io", "xcom_objectstorage_threshold") == 1_000_000
    shared = ConfigParser()
    shared.read_string(config.render(Home(tmp_path), replace(Settings(), storage="s3://b"), "postgresql://", celery))
    assert dict(shared["common.io"]) == {
        "xcom_objectstorage_path": "s3://b/xcom", "xcom_objectstorage_threshold": "1000000",
    }  # fmt: skip


def test_another_host_gets_no_key_and_no_metadata(tmp_path: Path) -> None:
    celery = CeleryOptions("redis://celery:b@127.0.0.1:1/0", "db+postgresql+psycopg2://celery:r@/celery", 4, 40)
    cfg = ConfigParser()
    cfg.read_string(config.render_for_worker_host(Home(tmp_path), Settings(), celery))
    assert set(cfg.sections()) == {
        "core", "common.io", "workers", "logging", "celery", "celery_broker_transport_options",
    }  # fmt: skip
    assert not {"fernet_key", "auth_manager"} & set(cfg["core"])
    assert not {path.name for path in (tmp_path / "secrets").glob("*")}, "it needs none of the head's secrets"
