"""Where Airflow 2's names are today. The real tables are asked in tests/live/test_dags.py."""

from pathlib import Path

import pytest

from mlopsctl.operations.dags import airflow2_renames


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """As the managed Airflow's packages lie: its own tables, and a provider."""
    files = {
        "sdk/__init__.py": '__lazy_imports: dict[str, str] = {"BaseHook": ".bases.hook", "TaskGroup": ".x"}',
        "operators/__init__.py": '__deprecated_classes = {"bash": {"BashOperator": "airflow.p.BashOperator"}}',
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
        (
            "ExternalTaskSensor",
            "from airflow.providers.standard.sensors.external_task import ExternalTaskSensor",
        ),
        ("DummyOperator", "from airflow.providers.standard.operators.empty import EmptyOperator"),
        ("Unheard", ""),
    ],
)
def test_the_line_that_imports_a_name_today(site: Path, name: str, line: str) -> None:
    assert airflow2_renames.place(name, site) == line


def test_without_an_airflow_only_what_has_gone_is_known() -> None:
    assert airflow2_renames.place("BaseHook", None) == ""
    assert airflow2_renames.place("days_ago", None).startswith("pendulum.today()")


def test_the_remedy_for_a_module(site: Path) -> None:
    two = airflow2_renames.remedy("airflow.x", ("BaseHook", "TaskGroup"), site)
    assert two == "BaseHook: from airflow.sdk import BaseHook; TaskGroup: from airflow.sdk import TaskGroup"
    module = "airflow.operators.python_operator"
    assert airflow2_renames.remedy(module, (), None) == "airflow.providers.standard.operators.python"
    assert airflow2_renames.remedy("airflow.contrib.x", (), None) == "its new place, in airflow.sdk or in a provider"
