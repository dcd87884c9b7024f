"""Imports of the project's own modules, and of packages that its requirements do not list."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from mlopsctl.core.errors import UsageError
from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.check.declared import Declared, read_requirements
from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.project import read
from mlopsctl.operations.dags.check.rules import imports

REQUIREMENTS = """\
# a comment
pandas>=2  # another
scikit-learn ; python_version > "3"
apache-airflow[google]==3.3.2
-r more/more.txt
--index-url https://example.org/simple
"""
DAG = "from airflow.sdk import DAG\nDAG('{}')\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("dags/forecast", "plugins", "more"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text(REQUIREMENTS, encoding="utf-8")
    (tmp_path / "more" / "more.txt").write_text("snowflake-connector-python\n", encoding="utf-8")
    (tmp_path / "plugins" / "own.py").touch()
    return tmp_path


def required(project: Path, code: str) -> list[tuple[int, Severity]]:
    (project / "dags" / "d.py").write_text(code, encoding="utf-8")
    declared = Declared(read_requirements(project / "requirements.txt"))
    found = imports.check_requirements(read([project / "dags"], declared))
    return [(finding.line, finding.severity) for finding in found]


@pytest.mark.parametrize(
    "line",
    [
        "import os.path, own, forecast, d, __future__",
        "import pandas as pd, sklearn.svm, snowflake.connector",
        "import requests, pendulum, yaml, MySQLdb",
        "from airflow.providers.google.cloud.hooks.gcs import GCSHook",
        "from airflow.providers.mysql.hooks.mysql import MySqlHook",
        "from airflow.providers.common.sql import operators",
        "from google.cloud import storage",
        "try:\n    import mlflow\nexcept ImportError:\n    mlflow = None",
    ],
)
def test_modules_that_are_provided(project: Path, line: str) -> None:
    assert required(project, line) == []


@pytest.mark.parametrize(
    "line",
    [
        "import mlflow",
        "def task():\n    import torch",
        "from airflow.providers.amazon.aws.hooks.s3 import S3Hook",
        "from airflow.providers.cncf import kubernetes",
    ],
)
def test_packages_that_are_not_required_are_errors(project: Path, line: str) -> None:
    assert required(project, line) == [(line.count("\n") + 1, Severity.ERROR)]


def test_module_of_an_unknown_distribution_is_a_warning(project: Path) -> None:
    assert required(project, "import some_private_thing") == [(1, Severity.WARNING)]
    with (project / "requirements.txt").open("a", encoding="utf-8") as file:
        file.write("git+https://example.org/thing.git\n")
    assert required(project, "import some_private_thing") == []


def test_requirements_that_cannot_be_read_are_wrong_usage(project: Path) -> None:
    with (project / "requirements.txt").open("a", encoding="utf-8") as file:
        file.write("-r none.txt\n")
    with pytest.raises(UsageError):
        read_requirements(project / "requirements.txt")


def local(project: Path) -> Iterable[Finding]:
    return list(imports.check_local_imports(read([project / "dags"])))


@pytest.mark.parametrize("line", ["from .steps import fit", "from steps import fit", "import steps"])
def test_module_beside_a_dag_file_is_not_on_the_path(project: Path, line: str) -> None:
    folder = project / "dags" / "forecast"
    (folder / "steps.py").touch()
    (folder / "train.py").write_text(f"{line}\n{DAG.format('train')}", encoding="utf-8")
    (finding,) = local(project)
    assert (finding.rule, finding.line, finding.hint) == ("local-import", 1, "write `from forecast.steps import …`")


@pytest.mark.parametrize(
    ("line", "extra"),
    [
        ("from forecast.steps import fit", ""),
        ("import steps", "plugins/steps.py"),
        ("import steps", "dags/steps.py"),
        ("import sys; sys.path.append('forecast')\nimport steps", ""),
    ],
)
def test_module_that_is_on_the_path(project: Path, line: str, extra: str) -> None:
    folder = project / "dags" / "forecast"
    (folder / "steps.py").touch()
    if extra:
        (project / extra).touch()
    (folder / "train.py").write_text(f"{line}\n{DAG.format('train')}", encoding="utf-8")
    assert local(project) == []


def test_relative_import_in_a_helper_module_works(project: Path) -> None:
    (project / "dags" / "forecast" / "steps.py").write_text("from . import x\n", encoding="utf-8")
    assert local(project) == []
