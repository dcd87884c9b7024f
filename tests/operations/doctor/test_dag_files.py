"""What DAG files say. What Airflow says of them is in tests/live/test_doctor_dags.py."""

import json
from pathlib import Path

import pytest

from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.core.errors import as_hint
from tests.operations.doctor.contexts import check, findings, look, mend, set_up

WELL = [("ok", "")]
DAG = "from airflow.sdk import DAG\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An Airflow is installed, with pandas; one package is linked."""
    home = set_up(tmp_path / "home", f'dags = ["{tmp_path / "course"}"]\n')
    (home / "venv" / "bin").mkdir(parents=True)
    (home / "venv" / "bin" / "python").write_text("")
    (home / "venv" / "mlopsctl.json").write_text(json.dumps(InstallRecord("3.3.2", "3.11", "bundled", "x").__dict__))
    (home / "venv" / "lib" / "python3.11" / "site-packages" / "pandas").mkdir(parents=True)
    (home / "venv" / "lib" / "python3.11" / "site-packages" / "pandas" / "__init__.py").write_text("")
    (tmp_path / "course" / "one").mkdir(parents=True)
    (home / "airflow" / "dags").mkdir(parents=True)
    (home / "airflow" / "dags" / "one").symlink_to(tmp_path / "course" / "one")
    return home


def write(home: Path, name: str, text: str) -> None:
    (home / "airflow" / "dags" / "one" / f"{name}.py").write_text(text, encoding="utf-8")


def test_a_file_that_is_no_python(home: Path) -> None:
    write(home, "dag", DAG)
    assert look("dag-syntax", home) == WELL
    write(home, "dag", DAG + "def x(:\n")
    ((verdict, message),) = look("dag-syntax", home)
    assert verdict == "error" and message.startswith("one/dag.py is no Python: ") and "line 2" in message


def test_modules_of_packages_of_python_and_of_the_project(home: Path) -> None:
    write(home, "helper", "import json, pandas.io, airflow.sdk\n")
    write(home, "dag", DAG + "import one.helper\nfrom one import helper\nfrom one.helper import x\n")
    assert look("dag-modules", home) == WELL


def test_a_package_without_what_it_imports(home: Path, tmp_path: Path) -> None:
    """In a helper of a DAG, too, and in a function; not in a tool that no DAG imports."""
    write(home, "dag", DAG + "from one import helper\ndef work():\n    import xgboost\n")
    write(home, "helper", "import one.gone\nimport sklearn\n")
    write(home, "tool", "import nobody_needs_this\n")
    assert look("dag-modules", home) == [
        ("error", "the module one.gone, which one/helper.py:1 imports, is not there."),
        ("error", "the module sklearn, which one/helper.py:2 imports, is not there."),
        ("error", "the module xgboost, which one/dag.py:4 imports, is not there."),
    ]
    file = tmp_path / "course" / "requirements.txt"
    assert [as_hint(f.hint).text() for f in findings("dag-modules", home)][1:] == [
        f"echo scikit-learn >> '{file}' && mlopsctl setup",
        f"echo xgboost >> '{file}' && mlopsctl setup",
    ]
    assert not any(f.fixable for f in findings("dag-modules", home))


def test_a_package_of_the_project_that_is_not_linked(home: Path, tmp_path: Path) -> None:
    (tmp_path / "course" / "support").mkdir()
    (tmp_path / "course" / "support" / "days.py").write_text("")
    write(home, "dag", DAG + "from support.days import START\n")
    assert [as_hint(f.hint).text() for f in findings("dag-modules", home)] == [
        f"mlopsctl link add {tmp_path}/course/support"
    ]
    assert mend("dag-modules", home) == [f"support → {tmp_path}/course/support"]
    assert look("dag-modules", home) == WELL


def test_providers_that_are_imported_and_not_installed(home: Path, tmp_path: Path) -> None:
    """What Python would import: in a helper of a DAG and in a function too; not what a text says, nor what may fail."""
    site = home / "venv" / "lib" / "python3.11" / "site-packages"
    (site / "apache_airflow_providers_common_sql-1.0.dist-info").mkdir()
    write(home, "helper", "from airflow.providers.cncf import kubernetes\n")
    text = (
        '"""Once this read\nfrom airflow.providers.oracle.hooks.oracle import OracleHook\n"""\n'
        "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n"
        "from one import helper\n"
        "try:\n    from airflow.providers.slack.hooks import slack\nexcept ImportError:\n    slack = None\n"
        "def work():\n    from airflow.providers.sqlite.hooks.sqlite import SqliteHook, Other\n"
    )
    write(home, "dag", DAG + text)
    write(home, "tool", "import airflow.providers.nobody_needs_this\n")
    said = "the provider apache-airflow-providers-{}, which one/{} imports, is not installed."
    assert look("providers", home) == [
        ("error", said.format("cncf-kubernetes", "helper.py:1")),
        ("error", said.format("sqlite", "dag.py:12")),
    ]
    file, found = tmp_path / "course" / "requirements.txt", findings("providers", home)
    assert as_hint(found[1].hint).text() == f"echo apache-airflow-providers-sqlite >> '{file}' && mlopsctl setup"
    assert not check("providers").mend, "what comes from the index, somebody must want"


def test_packages_where_the_project_has_no_folder(home: Path) -> None:
    (home / "config.toml").write_text("", encoding="utf-8")
    write(home, "dag", DAG + "import sklearn\n")
    assert [as_hint(f.hint).text() for f in findings("dag-modules", home)] == ["mlopsctl setup --requirements FILE"]


def test_two_files_with_one_dag(home: Path) -> None:
    write(home, "first", DAG + 'DAG("loans")\n')
    write(home, "second", DAG + 'NAME = "loans"\nDAG(dag_id=NAME)\nDAG("other")\n')
    assert look("dag-ids", home) == [
        ("error", "one/first.py:2 and one/second.py:3 make one DAG, loans: Airflow shows the one that it read last.")
    ]
    write(home, "second", DAG + 'DAG("other")\n')
    assert look("dag-ids", home) == WELL


def test_what_airflow_must_be_asked_is_skipped_without_it(home: Path) -> None:
    for name in ("dag-variables", "dag-connections", "dag-parsing", "dag-errors"):
        assert look(name, home) == [("skipped", "the secret service-password is missing")]
