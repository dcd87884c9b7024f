import ast
from pathlib import Path

import pytest

from mlopsctl.operations.dags.check.rules.database import check_database
from mlopsctl.operations.dags.check.source import Source


def lines(code: str) -> list[int]:
    return [finding.line for finding in check_database(Source(Path("d.py"), code, "utf-8", ast.parse(code)))]


@pytest.mark.parametrize(
    "code",
    [
        "from airflow import settings\nsettings.Session()",
        "from airflow import settings as s\ns.engine.connect()",
        "import airflow.settings\nairflow.settings.Session()",
        "\nfrom airflow.settings import Session",
        "\nfrom airflow.utils.session import create_session, NEW_SESSION",
        "def task():\n  from airflow.utils.db import provide_session",
        "from airflow.models import DagRun\nDagRun.find(dag_id='d')",
        "from airflow.models.pool import Pool as P\nP.get_pools()",
        "from airflow.models.dag import DagModel\nDagModel.get_dagmodel('d')",
    ],
)
def test_use_of_the_metadata_database(code: str) -> None:
    assert lines(code) == [2]


@pytest.mark.parametrize(
    "code",
    [
        "from airflow.models import DagRun, Variable\ndef f(run: DagRun): Variable.get('x')",
        "from airflow import settings\nsettings.DAGS_FOLDER",
        "from project import settings\nsettings.Session()",
        "from sqlalchemy.orm import Session\nSession()",
        "class DagRun: pass\nDagRun.find()",
    ],
)
def test_other_code(code: str) -> None:
    assert lines(code) == []
