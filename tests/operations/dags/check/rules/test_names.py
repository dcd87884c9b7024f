"""DAG ids that two files define, and connections and variables that nothing declares."""

from pathlib import Path

import pytest

from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.check.declared import NOTHING_DECLARED, Declared, Entries, find_astro_settings
from mlopsctl.operations.dags.check.run import check

CODE = """\
from airflow.sdk import DAG, Variable

DAG("one")
Variable.get("known")
Variable.get("unknown")
Variable.get("optional", default=None)
hook(mysql_conn_id="known", other_conn_id="unknown", bash_command="{{ conn.template.host }}")
"""


def found(folder: Path, declared: Declared = NOTHING_DECLARED) -> list[tuple[str, str, int, Severity]]:
    names = ("duplicate-dag-id", "undefined-connection", "undefined-variable")
    listed = check([folder], declared)
    return [(f.file.name, f.rule, f.line, f.severity) for f in listed if f.rule in names]


def test_dag_id_of_two_files_is_an_error(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text(CODE, encoding="utf-8")
    assert found(tmp_path) == [("b.py", "duplicate-dag-id", 3, Severity.ERROR)]


def test_dag_id_of_two_files_is_a_warning_where_the_dags_folder_is_unknown(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "d.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "pyproject.toml").touch()
    assert found(tmp_path) == [("d.py", "duplicate-dag-id", 3, Severity.WARNING)]


def test_dag_ids_in_tests_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    for file in (tmp_path / "a.py", tmp_path / "tests" / "b.py"):
        file.write_text(CODE, encoding="utf-8")
    assert found(tmp_path) == []


def test_dags_folders_of_one_repository_are_independent(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "dags").mkdir(parents=True)
        (tmp_path / name / "dags" / "d.py").write_text(CODE, encoding="utf-8")
    assert found(tmp_path) == []


def test_nothing_is_undefined_without_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CODE, encoding="utf-8")
    assert found(tmp_path) == []


@pytest.mark.parametrize("severity", Severity)
def test_names_that_a_file_does_not_define(tmp_path: Path, severity: Severity) -> None:
    (tmp_path / "a.py").write_text(CODE, encoding="utf-8")
    entries = Entries(Path("names.json"), frozenset({"known"}), severity)
    assert found(tmp_path, Declared(None, entries, entries)) == [
        ("a.py", "undefined-variable", 5, severity),
        ("a.py", "undefined-connection", 7, severity),
        ("a.py", "undefined-connection", 7, severity),
    ]


def test_astro_settings_are_found_up_to_the_root_of_the_project(tmp_path: Path) -> None:
    dags = tmp_path / "project" / "dags"
    dags.mkdir(parents=True)
    (tmp_path / "airflow_settings.yaml").touch()
    (tmp_path / "project" / "Dockerfile").touch()
    assert find_astro_settings([dags]) is None
    (tmp_path / "project" / "airflow_settings.yaml").touch()
    assert find_astro_settings([dags]) == tmp_path / "project" / "airflow_settings.yaml"
