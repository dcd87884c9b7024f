"""Airflow parses DAG files again and again, so they must not import anything slow, nor anything of mlopsctl."""

import sys
from pathlib import Path

import pytest

from tests.dags.dag_source import DAGS, parse_time_imports

DAG_FILES = sorted(file for file in DAGS.glob("*/*.py") if "DAG(\n" in file.read_text(encoding="utf-8"))
SHARED_FILES = sorted((DAGS / "support").glob("*.py"))
FAST = {
    "airflow.sdk",
    "airflow.sdk.exceptions",
    "airflow.providers.common.sql.operators.sql",
    "airflow.providers.standard.operators.bash",
    "airflow.providers.standard.operators.trigger_dagrun",
    "pendulum",
    "yaml",
}


def test_dag_files_are_found() -> None:
    assert len(DAG_FILES) == 11


@pytest.mark.parametrize("file", [*DAG_FILES, *SHARED_FILES], ids=lambda file: file.stem)
def test_parse_time_imports_are_fast(file: Path) -> None:
    assert not {m for m in parse_time_imports(file) if not is_fast(m)}


def is_fast(module: str) -> bool:
    return module in FAST or module.partition(".")[0] in {"support", *sys.stdlib_module_names}


@pytest.mark.parametrize("file", SHARED_FILES, ids=lambda file: file.stem)
def test_shared_code_does_not_import_airflow_when_it_is_imported(file: Path) -> None:
    assert not {module for module in parse_time_imports(file) if module.startswith("airflow")}
