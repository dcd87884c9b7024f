"""Where names of Airflow 2 are today. The real tables are read in tests/live/test_dags.py."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mlopsctl.operations.dags.airflow2 import renames


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site-packages folder with Airflow's own tables, and a provider."""
    files = {
        "sdk/__init__.py": '__lazy_imports: dict[str, str] = {"BaseHook": ".bases.hook", "TaskGroup": ".x"}',
        "operators/__init__.py": '__deprecated_classes = {"bash": {"BashOperator": "airflow.p.BashOperator"}}',
        "models/__init__.py": '__lazy_imports = {"SkipMixin": "airflow.sdk.bases.skipmixin"}',
        "providers/standard/sensors/external_task.py": "class ExternalTaskSensor(Base):\n    pass\n",
        "providers/standard/sensors/deep/other.py": "class ExternalTaskSensor:\n    pass\n",
    }
    for name, text in files.items():
        path = tmp_path / "airflow" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("BaseHook", "from airflow.sdk import BaseHook"),
        ("BashOperator", "from airflow.p import BashOperator"),
        ("SkipMixin", "from airflow.sdk.bases.skipmixin import SkipMixin"),
        (
            "ExternalTaskSensor",
            "from airflow.providers.standard.sensors.external_task import ExternalTaskSensor",
        ),
        ("DummyOperator", "from airflow.providers.standard.operators.empty import EmptyOperator"),
        ("Unknown", ""),
    ],
)
def test_import_line(site: Path, name: str, line: str) -> None:
    assert renames.import_line(name, site) == line


def test_without_airflow_only_removed_names_are_known() -> None:
    assert renames.import_line("BaseHook", None) == ""
    assert renames.import_line("days_ago", None).startswith("pendulum.today()")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("SSHOperator", "from airflow.providers.ssh.operators.ssh import SSHOperator"),
        ("GoogleCloudStorageHook", "from airflow.providers.google.cloud.hooks.gcs import GCSHook"),
        ("AwsHook", "from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook"),
        ("BigQueryOperator", "from airflow.providers.google.cloud.operators.bigquery import BigQueryInsertJobOperator"),
    ],
)
def test_classes_of_contrib_are_in_providers(name: str, line: str) -> None:
    assert renames.import_line(name, None) == line


def test_replacement_of_an_import(site: Path) -> None:
    two = renames.replacement("airflow.x", ("BaseHook", "TaskGroup"), site)
    assert two == "BaseHook: from airflow.sdk import BaseHook; TaskGroup: from airflow.sdk import TaskGroup"
    module = "airflow.operators.python_operator"
    assert renames.replacement(module, (), None) == "airflow.providers.standard.operators.python"
    assert renames.replacement("airflow.contrib.x", (), None) == ""


# Imports of Airflow 2 whose replacement both our tables and ruff's rules know.
AIRFLOW_2_IMPORTS = (
    ("airflow.operators.python_operator", "PythonOperator"),
    ("airflow.operators.bash_operator", "BashOperator"),
    ("airflow.operators.dummy_operator", "DummyOperator"),
    ("airflow.operators.dummy", "DummyOperator"),
    ("airflow.operators.dagrun_operator", "TriggerDagRunOperator"),
    ("airflow.operators.mysql_operator", "MySqlOperator"),
    ("airflow.operators.postgres_operator", "PostgresOperator"),
    ("airflow.operators.sqlite_operator", "SqliteOperator"),
    ("airflow.operators.http_operator", "SimpleHttpOperator"),
    ("airflow.hooks.mysql_hook", "MySqlHook"),
    ("airflow.hooks.postgres_hook", "PostgresHook"),
    ("airflow.sensors.external_task_sensor", "ExternalTaskSensor"),
    ("airflow.datasets", "Dataset"),
    ("airflow.timetables.datasets", "DatasetOrTimeSchedule"),
)


def test_tables_agree_with_the_airflow_rules_of_ruff(tmp_path: Path) -> None:
    for module, name in AIRFLOW_2_IMPORTS:
        (tmp_path / f"{module}.py").write_text(f"from {module} import {name}\n{name}()\n")
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--preview",
        "--select=AIR3",
        "--output-format=json",
    ]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    fixes = {
        Path(finding["filename"]).stem: edit["content"].strip()
        for finding in json.loads(done.stdout)
        for edit in (finding["fix"] or {"edits": []})["edits"]
        if edit["content"].startswith("from ")
    }
    for module, name in AIRFLOW_2_IMPORTS:
        ours = renames.REMOVED_NAMES.get(name) or renames.MOVED_MODULES[module]
        assert ours.partition(", with ")[0] in (fixes[module], fixes[module].split()[1])
