"""What the two files bring in; what they do is driven in tests/live."""

import ast
from pathlib import Path

import pytest

BASICS = Path(__file__).parents[3] / "dags" / "basics"


@pytest.mark.parametrize("name", ["hello_world", "my_first_airflow_dag"])
def test_a_newcomer_reads_it_in_a_minute(name: str) -> None:
    source = (BASICS / f"{name}.py").read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 80
    modules = {node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)}
    assert modules <= {
        "datetime", "typing", "airflow.sdk", "airflow.providers.standard.operators.bash", "support.alerts",
    }  # fmt: skip
