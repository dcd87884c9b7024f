"""The DAGs for beginners stay short and simple; tests/live runs them."""

import pytest

from tests.dags.dag_source import DAGS, parse_time_imports


@pytest.mark.parametrize("name", ["hello_world", "my_first_airflow_dag"])
def test_beginner_dag_is_short_and_needs_few_imports(name: str) -> None:
    file = DAGS / "basics" / f"{name}.py"
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 80
    assert parse_time_imports(file) <= {
        "logging", "datetime", "typing", "pendulum", "airflow.sdk", "airflow.providers.standard.operators.bash",
        "support.alerts",
    }  # fmt: skip
