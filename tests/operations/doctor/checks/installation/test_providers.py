from pathlib import Path

import pytest

from tests.operations.doctor.checks.dags.conftest import DAG, Project
from tests.operations.doctor.contexts import findings, get_check


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_providers_that_are_imported_but_not_installed(project: Project) -> None:
    """In helpers and functions too; not in strings, not where an ImportError is handled, not in unused files."""
    (project.site_packages / "apache_airflow_providers_common_sql-1.0.dist-info").mkdir()
    project.write("helper", "from airflow.providers.cncf import kubernetes\n")
    text = (
        '"""Once this read\nfrom airflow.providers.oracle.hooks.oracle import OracleHook\n"""\n'
        "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n"
        "from one import helper\n"
        "try:\n    from airflow.providers.slack.hooks import slack\nexcept ImportError:\n    slack = None\n"
        "def load():\n    from airflow.providers.sqlite.hooks.sqlite import SqliteHook, Other\n"
    )
    project.write("dag", DAG + text)
    project.write("tool", "import airflow.providers.unused\n")
    kubernetes, sqlite = findings("providers", project.home)
    assert "apache-airflow-providers-cncf-kubernetes" in kubernetes.message and "one/helper.py:1" in kubernetes.message
    assert "apache-airflow-providers-sqlite" in sqlite.message and "one/dag.py:12" in sqlite.message
    file = project.folder / "requirements.txt"
    assert sqlite.hint.text() == f"echo apache-airflow-providers-sqlite >> {file} && mlopsctl setup"


def test_missing_providers_are_never_installed_without_being_asked_for() -> None:
    assert not get_check("providers").fix
