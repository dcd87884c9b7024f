from mlopsctl.operations.doctor.check import Finding
from tests.operations.doctor.checks.dags.conftest import DAG, Project
from tests.operations.doctor.contexts import findings, fix_first, is_ok, make_home, outcome


def test_file_with_a_syntax_error(project: Project) -> None:
    assert is_ok("dag-syntax", project.home)
    project.write("dag", DAG + "def x(:\n")
    verdict, message = outcome("dag-syntax", project.home)
    assert verdict == "error" and message.startswith("one/dag.py ") and "line 2" in message


def test_modules_of_packages_python_and_the_project_exist(project: Project) -> None:
    project.write("helper", "import json, pandas.io, airflow.sdk\n")
    project.write("dag", DAG + "import one.helper\nfrom one import helper\nfrom one.helper import x\n")
    assert is_ok("dag-modules", project.home)


def missing_modules(project: Project) -> list[Finding]:
    return findings("dag-modules", project.home)


def test_missing_modules_are_found_in_helpers_and_functions(project: Project) -> None:
    project.write("dag", DAG + "from one import helper\ndef load():\n    import xgboost\n")
    project.write("helper", "import one.gone\nimport sklearn\n")
    project.write("tool", "import not_imported_by_any_dag\n")
    found = missing_modules(project)
    assert [finding.key for finding in found] == ["one.gone", "sklearn", "xgboost"]
    places = ("one/helper.py:1", "one/helper.py:2", "one/dag.py:4")
    assert all(place in finding.message for place, finding in zip(places, found, strict=True))
    assert not any(finding.fixable for finding in found)


def test_missing_package_is_added_to_the_requirements_of_the_project(project: Project) -> None:
    project.write("dag", DAG + "import sklearn\n")
    (finding,) = missing_modules(project)
    assert finding.hint.text() == f"echo scikit-learn >> {project.folder}/requirements.txt && mlopsctl setup"


def test_missing_package_without_a_project_folder(project: Project) -> None:
    make_home(project.home, "")
    project.write("dag", DAG + "import sklearn\n")
    (finding,) = missing_modules(project)
    assert finding.hint.command == ("setup", "--requirements", "FILE")


def test_package_of_the_project_that_is_not_linked_is_linked(project: Project) -> None:
    (project.folder / "support").mkdir()
    (project.folder / "support" / "days.py").touch()
    project.write("dag", DAG + "from support.days import START\n")
    (finding,) = missing_modules(project)
    assert finding.details == str(project.folder / "support")
    fix_first("dag-modules", project.home)
    assert (project.dags / "support").exists() and is_ok("dag-modules", project.home)
