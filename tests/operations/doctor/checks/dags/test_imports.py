from mlopsctl.operations.doctor.check import Finding
from tests.operations.dags.zips import write_zip
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


def test_missing_package_of_a_linked_project_is_added_to_its_own_requirements(project: Project) -> None:
    make_home(project.home, "")
    project.write("dag", DAG + "import sklearn\n")
    (finding,) = missing_modules(project)
    file = f"{project.folder}/one/requirements.txt"
    assert finding.hint.text() == f"echo scikit-learn >> {file} && mlopsctl setup --requirements {file}"


def test_module_beside_the_file_is_not_to_be_installed(project: Project) -> None:
    project.write("steps", "def fit(): ...\n")
    project.write("dag", DAG + "from steps import fit\n")
    project.write("near", DAG + "from .steps import fit\ndef late():\n    from . import steps\n")
    project.write("other", DAG + "import sys\nsys.path.append('x')\nimport steps, anything\n")
    plain, near = sorted(missing_modules(project), key=lambda finding: finding.message, reverse=True)
    for finding in (plain, near):
        assert finding.hint.note.endswith("write from one.steps import fit") and not finding.hint.command


def test_zip_files_are_looked_into(project: Project) -> None:
    texts = {"good": DAG + "import helper", "bad": DAG + "import not_there", "helper": "import deeper_missing"}
    write_zip(project.folder / "one" / "pack.zip", wrong=DAG + "def x(:", **texts)
    assert [finding.key for finding in missing_modules(project)] == ["deeper_missing", "not_there"]
    verdict, message = outcome("dag-syntax", project.home)
    assert verdict == "error" and message.startswith("one/pack.zip/wrong.py ")


def test_damaged_zip_file_is_named(project: Project) -> None:
    (project.folder / "one" / "pack.zip").write_bytes(b"PK")
    verdict, message = outcome("dag-syntax", project.home)
    assert verdict == "error" and "one/pack.zip" in message


def test_package_of_the_project_that_is_not_linked_is_linked(project: Project) -> None:
    (project.folder / "support").mkdir()
    (project.folder / "support" / "days.py").touch()
    project.write("dag", DAG + "from support.days import START\n")
    (finding,) = missing_modules(project)
    assert finding.details == str(project.folder / "support")
    fix_first("dag-modules", project.home)
    assert (project.dags / "support").exists() and is_ok("dag-modules", project.home)
