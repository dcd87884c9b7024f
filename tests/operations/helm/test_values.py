import configparser
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mlopsctl.adapters.airflow import config, helm_chart
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.settings import CELERY, Settings
from mlopsctl.core.workers import Report
from mlopsctl.operations.helm import values as helm
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers import head
from mlopsctl.operations.workers.registry import Registry
from tests.operations.helm.schema import VALUES

SECRETS = {
    "fernet-key": "fernet", "jwt-secret": "jwt", "api-secret": "api", "redis-celery-password": "broker",
    "mariadb-mlops-password": "mariadb", "metadata-url": "postgresql://a:metadata@db/airflow",
    "feature-store-url": "mysql://a:store@db/mlops",
}  # fmt: skip
WITH_WORKERS = Settings(executor=CELERY, worker_slots=4)
OLD = Settings(airflow_version="2.11.2")


@pytest.fixture
def platform(tmp_path: Path) -> Callable[[Settings], Platform]:
    """A platform with secrets, and two packages, that has never been started."""

    def make(settings: Settings) -> Platform:
        made = App(tmp_path / "home", "helm", Output()).platform_with(settings)
        for name, text in SECRETS.items():
            file = made.home.secret(name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{text}\n")
        for name in ("apache_airflow-3.3.2", "pandas-2.3.3"):
            (made.home.venv / "lib/python3.11/site-packages" / f"{name}.dist-info").mkdir(parents=True, exist_ok=True)
        return made

    return make


def add_host(platform: Platform, name: str, slots: int, *queues: str) -> None:
    Registry(platform.home).add(name)
    report = Report(True, True, slots, queues, "3.3.2", "abc", 1.0, 2.0, 3.0)
    Registry(platform.home).report(name, report)


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        WITH_WORKERS,
        OLD,
        WITH_WORKERS.changed(storage="s3://minio@models/team"),
        WITH_WORKERS.changed(alert_email=("a@example.com",), external_metadata_db=True, external_feature_store=True),
    ],
)
def test_only_keys_of_the_chart_are_written(platform: Callable[[Settings], Platform], settings: Settings) -> None:
    found = platform(settings)
    if settings.has_workers:
        add_host(found, "w1", 2, "gpu")
    jsonschema.validate(helm.read(found).values, VALUES)


@pytest.mark.parametrize("settings", [Settings(), WITH_WORKERS, OLD])
def test_no_secret_is_written(platform: Callable[[Settings], Platform], settings: Settings) -> None:
    found = helm.read(platform(settings))
    written = [found.text, *found.secrets.values()]
    assert not [name for name, secret in SECRETS.items() if any(f" {secret}\n" in text for text in written)]
    assert not [name for name in ("://a:", ":broker", "broker@") if any(name in text for text in written)]


def test_workers_with_the_same_queues_and_slots_are_one_set(platform: Callable[[Settings], Platform]) -> None:
    found = platform(WITH_WORKERS)
    add_host(found, "w1", 4, "default", "head")
    add_host(found, "w2", 8, "default")
    add_host(found, "w3", 2, "GPU", "a.b")
    add_host(found, "w4", 2, "GPU", "a.b")
    Registry(found.home).add("silent")
    values = helm.read(found).values
    workers = values["workers"]["celery"]
    assert (workers["replicas"], workers["queue"], values["config"]["celery"]["worker_concurrency"]) == (
        2, "default,head", "4",
    )  # fmt: skip
    slots = "AIRFLOW__CELERY__WORKER_CONCURRENCY"
    assert workers["sets"] == [
        {"name": "default-2", "replicas": 1, "queue": "default", "env": [{"name": slots, "value": "8"}]},
        {"name": "gpu-a-b", "replicas": 2, "queue": "GPU,a.b", "env": [{"name": slots, "value": "2"}]},
    ]
    assert int(values["config"]["core"]["parallelism"]) >= 20  # all slots


@pytest.mark.parametrize("settings", [Settings(), WITH_WORKERS, OLD])
def test_options_have_the_values_of_this_platform(platform: Callable[[Settings], Platform], settings: Settings) -> None:
    found = platform(settings)
    own = configparser.RawConfigParser()
    own.read_string(config.render(found.home, settings, "postgresql://", head.celery_options(found, with_hosts=True)))
    written: dict[str, dict[str, Any]] = helm.read(found).values["config"]
    assert written.pop("common.io") == {
        "xcom_objectstorage_path": f"file://{helm.FILES}/xcom", "xcom_objectstorage_threshold": "1000000",
    }  # fmt: skip
    for section, options in written.items():
        assert options == {name: own[section][name] for name in options}
    assert "scheduler_idle_sleep_time" in written["scheduler"]
    left_out = [("core", "fernet_key"), ("core", "dags_folder"), ("database", "sql_alchemy_conn")]
    left_out += [("celery", "broker_url"), ("celery", "result_backend"), ("api", "secret_key"), ("api", "base_url")]
    assert not [option for option in left_out if option[1] in written.get(option[0], {})]


@pytest.mark.parametrize("storage", ["", "file:///mnt/shared"])
def test_files_of_tasks_are_on_a_volume_that_all_pods_share(
    platform: Callable[[Settings], Platform], storage: str
) -> None:
    values = helm.read(platform(WITH_WORKERS.changed(storage=storage))).values
    (mount,), (volume,) = values["volumeMounts"], values["volumes"]
    assert mount["name"] == volume["name"] and mount["mountPath"] == helm.FILES
    assert {"name": "MLOPSCTL_STORAGE", "value": f"file://{helm.FILES}"} in values["env"]


@pytest.mark.parametrize(
    ("storage", "variable"), [("s3://bucket", ""), ("s3://minio@bucket/team", "AIRFLOW_CONN_MINIO")]
)
def test_an_object_storage_is_used_by_the_pods_too(
    platform: Callable[[Settings], Platform], storage: str, variable: str
) -> None:
    found = helm.read(platform(WITH_WORKERS.changed(storage=storage)))
    assert "volumes" not in found.values
    assert {"name": "MLOPSCTL_STORAGE", "value": storage} in found.values["env"]
    assert found.values["config"]["common.io"]["xcom_objectstorage_path"] == f"{storage}/xcom"
    assert (variable in [entry["envName"] for entry in found.values["secret"]]) == bool(variable)
    assert ("mlopsctl-storage" in found.secrets) == bool(variable)


def test_the_keys_of_airflow_2_have_their_own_names(platform: Callable[[Settings], Platform]) -> None:
    values = helm.read(platform(OLD)).values
    assert "webserverSecretKeySecretName" in values and "jwtSecretName" not in values
    assert "min_file_process_interval" in values["config"]["scheduler"] and "dag_processor" not in values["config"]


def test_each_secret_that_the_values_name_has_a_command(platform: Callable[[Settings], Platform]) -> None:
    found = helm.read(platform(WITH_WORKERS))
    named = {
        "mlopsctl-fernet-key", "mlopsctl-api-secret-key", "mlopsctl-jwt-secret", "mlopsctl-metadata",
        "mlopsctl-broker-url", "mlopsctl-redis-password", "mlopsctl-feature-store",
    }  # fmt: skip
    assert set(found.secrets) == named
    assert not [name for name in named if f": {name}\n" not in found.text]
    assert not [line for line in found.secrets.values() if f"#      {line}\n" not in found.text]


def test_the_commands_pass_on_what_airflow_and_redis_expect(
    platform: Callable[[Settings], Platform], tmp_path: Path
) -> None:
    """Run for real, but with a program in the place of kubectl."""
    found = platform(WITH_WORKERS.changed(external_metadata_db=True, external_feature_store=True))
    (tmp_path / "redis-password").write_text("0af1\n")
    kubectl = tmp_path / "kubectl"
    kubectl.write_text("#!/bin/sh\nexec cat\n")
    kubectl.chmod(0o755)
    printed = {
        name: subprocess.run(
            ["sh", "-c", line], check=True, capture_output=True, encoding="utf-8", cwd=tmp_path,
            env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        ).stdout
        for name, line in helm.read(found).secrets.items()
    }  # fmt: skip
    assert printed == {
        "mlopsctl-fernet-key": "fernet=",
        "mlopsctl-api-secret-key": "api",
        "mlopsctl-jwt-secret": "jwt",
        "mlopsctl-metadata": "postgresql://a:metadata@db/airflow",
        "mlopsctl-redis-password": "0af1",
        "mlopsctl-broker-url": "redis://:0af1@airflow-redis:6379/0",
        "mlopsctl-feature-store": "mysql://a:store@db/mlops",
    }


def test_the_packages_can_be_taken_from_the_file(platform: Callable[[Settings], Platform]) -> None:
    found = helm.read(platform(Settings()))
    lines = [line.removeprefix("#= ") for line in found.text.splitlines() if line.startswith("#= ")]
    assert lines == list(found.packages) == ["apache-airflow==3.3.2", "pandas==2.3.3"]


def test_dags_of_one_repository_are_synced_from_it(platform: Callable[[Settings], Platform], tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    (repository / "pipelines" / "dags").mkdir(parents=True)
    for words in (["init", "-b", "prod"], ["remote", "add", "origin", "https://me:token@git.example.com/team/etl.git"]):
        subprocess.run(["git", "-C", str(repository), *words], check=True, capture_output=True)
    folder = str(repository / "pipelines" / "dags")
    assert helm.read(platform(Settings(dags=(folder,)))).values["dags"]["gitSync"] == {
        "enabled": True, "repo": "https://git.example.com/team/etl.git", "ref": "prod", "subPath": "pipelines/dags",
    }  # fmt: skip
    for dags in ((), (folder, str(tmp_path))):
        assert "gitSync" not in helm.read(platform(Settings(dags=dags))).values["dags"]


def test_a_release_that_the_chart_does_not_accept_is_refused(platform: Callable[[Settings], Platform]) -> None:
    with pytest.raises(MlopsctlError) as raised:
        helm.read(platform(Settings(airflow_version="2.10.5")))
    assert (raised.value.code, raised.value.hint.command[:2]) == ("airflow-too-old", ("upgrade", "--airflow-version"))


def test_the_guide_names_the_version_of_the_chart() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "kubernetes.md").read_text(encoding="utf-8")
    assert f"--version {helm_chart.VERSION} " in guide and f"Chart {helm_chart.VERSION}." in guide
