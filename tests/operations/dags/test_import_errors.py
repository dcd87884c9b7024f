"""The usual causes come with a remedy. The last lines are as Airflow 3.3.2 reports them."""

import py_compile
from pathlib import Path

import pytest

from mlopsctl.core.model import ImportErrorReport
from mlopsctl.operations.dags.import_errors import Around, explain

CASES = [
    (
        "ModuleNotFoundError: No module named 'xgboost'",
        "missing-module",
        "mlopsctl dags fix   # installs xgboost, which brings it; to keep it: mlopsctl setup --requirements FILE",
    ),
    (
        "ModuleNotFoundError: No module named 'nobody_knows'",
        "missing-module",
        "add the package that brings nobody_knows to a requirements file: mlopsctl setup --requirements FILE",
    ),
    (
        "ModuleNotFoundError: No module named 'airflow.providers.amazon'",
        "missing-module",
        "mlopsctl dags fix   # installs apache-airflow-providers-amazon",
    ),
    (
        "ModuleNotFoundError: No module named 'airflow.operators.python_operator'",
        "airflow-2-import",
        "write airflow.providers.standard.operators.python",
    ),
    ("ModuleNotFoundError: No module named 'airflow.utils.dates'", "airflow-2-import", "write pendulum"),
    ("ModuleNotFoundError: No module named 'airflow.contrib.hooks'", "airflow-2-import", "its new place"),
    (
        "ImportError: cannot import name 'days_ago' from 'airflow.utils.dates' (/v/airflow/utils/dates.py)",
        "airflow-2-import",
        "airflow.utils.dates of Airflow 3 has no days_ago; write pendulum.today().subtract(days=N)",
    ),
    (
        "ImportError: cannot import name 'thing' from 'airflow.sdk' (/v/airflow/sdk/__init__.py)",
        "airflow-2-import",
        "thing is not in airflow.sdk of Airflow 3: look for it in airflow.sdk or in a provider",
    ),
    (
        "TypeError: DAG.__init__() got an unexpected keyword argument 'schedule_interval'",
        "airflow-2-import",
        "Airflow 3 has no schedule_interval: write schedule=",
    ),
    (
        "TypeError: DAG.__init__() got an unexpected keyword argument 'provide_context'",
        "airflow-2-import",
        "Airflow 3 has no provide_context: leave it out",
    ),
    (
        "ImportError: cannot import name 'a' from partially initialized module 'b' (most likely due to a circular "
        "import) (/h/dags/b.py)",
        "other",
        "two modules import each other",
    ),
    ("SyntaxError: '(' was never closed", "syntax-error", "mend the line that is shown"),
    ("IndentationError: unexpected indent", "syntax-error", "mend the line that is shown"),
    (
        "AirflowRuntimeError: VARIABLE_NOT_FOUND: {'message': 'Variable MODEL_PATH not found'}",
        "missing-variable",
        "mlopsctl variable set MODEL_PATH",
    ),
    (
        "airflow.sdk.exceptions.AirflowNotFoundException: The conn_id `feature_store` isn't defined",
        "missing-connection",
        "mlopsctl connection set feature_store",
    ),
    (
        "airflow.sdk.exceptions.AirflowTaskTimeout: DagBag import timeout for /h/dags/d.py after 30.0s.",
        "timeout",
        "into a task",
    ),
    ("ZeroDivisionError: division by zero", "other", "mlopsctl -v dags errors"),
]


@pytest.mark.parametrize(("last", "cause", "hint"), CASES)
def test_the_usual_causes_come_with_a_remedy(last: str, cause: str, hint: str) -> None:
    traceback = f'Traceback (most recent call last):\n  File "/h/dags/d/d.py", line 7, in <module>\n    x = y\n{last}\n'
    found = explain(ImportErrorReport("d/d.py", traceback))
    assert (found.file, found.cause, found.traceback) == ("d/d.py", cause, traceback)
    assert found.message == f"{last} (d.py, line 7)"
    assert hint in found.hint


def failing(last: str, file: Path = Path("/h/dags/d.py")) -> ImportErrorReport:
    return ImportErrorReport(
        "d.py", f'Traceback (most recent call last):\n  File "{file}", line 1, in <module>\n{last}\n'
    )


@pytest.fixture
def around(tmp_path: Path) -> Around:
    """A DAGs folder with one linked package of a course that has two."""
    for name in ("linked", "unlinked"):
        (tmp_path / "course" / name).mkdir(parents=True)
        (tmp_path / "course" / name / "part.py").write_text("def there(): pass\n")
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "linked").symlink_to(tmp_path / "course" / "linked")
    course = tmp_path / "course"
    return Around(tmp_path / "dags", tmp_path / "site", (course,), frozenset({"in-file"}), course / "requirements.txt")


def test_a_module_of_the_project_that_is_not_linked(around: Around) -> None:
    found = explain(failing("ModuleNotFoundError: No module named 'unlinked'"), around)
    target = str(around.folders[0] / "unlinked")
    assert (found.cause, found.link, found.hint) == ("not-linked", target, f"mlopsctl link add '{target}'")


def test_a_part_that_the_projects_own_package_has_not(around: Around) -> None:
    found = explain(failing("ModuleNotFoundError: No module named 'linked.other'"), around)
    assert (found.cause, found.package, found.link) == ("missing-module", "", "")
    assert found.hint.startswith("linked in the DAGs folder has no linked.other")


def test_a_module_that_has_come_since_airflow_read_the_file(around: Around) -> None:
    assert around.dags
    (around.dags / "unlinked").symlink_to(around.folders[0] / "unlinked")
    for module in ("unlinked", "unlinked.part"):
        found = explain(failing(f"ModuleNotFoundError: No module named '{module}'"), around)
        assert found.cause == "stale-module" and found.hint.startswith(f"{module} is there by now")


def test_a_package_of_which_the_project_knows_goes_into_its_file(around: Around) -> None:
    found = explain(failing("ModuleNotFoundError: No module named 'in_file'"), around)
    assert (found.cause, found.package) == ("missing-module", "in-file")
    assert found.hint.endswith(f"echo in-file >> '{around.requirements}' && mlopsctl setup")


def test_a_module_of_an_installed_provider_is_airflow_2s(around: Around, tmp_path: Path) -> None:
    (tmp_path / "site" / "apache_airflow_providers_http-6.1.0.dist-info").mkdir(parents=True)
    found = explain(failing("ModuleNotFoundError: No module named 'airflow.providers.http.operators.simple'"), around)
    assert (found.cause, found.package) == ("airflow-2-import", "")


def test_of_a_family_of_providers_the_file_tells_which(around: Around, tmp_path: Path) -> None:
    dag = tmp_path / "dags" / "d.py"
    dag.write_text("from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator\n")
    found = explain(failing("ModuleNotFoundError: No module named 'airflow.providers.cncf'", dag), around)
    assert found.package == "apache-airflow-providers-cncf-kubernetes"


def test_the_names_that_a_file_takes_are_looked_up(around: Around, tmp_path: Path) -> None:
    sdk = tmp_path / "site" / "airflow" / "sdk"
    sdk.mkdir(parents=True)
    (sdk / "__init__.py").write_text('__lazy_imports = {"BaseHook": ".bases.hook"}')
    dag = tmp_path / "dags" / "d.py"
    dag.write_text("from airflow.hooks.base_hook import (\n    BaseHook,\n)\n")
    found = explain(failing("ModuleNotFoundError: No module named 'airflow.hooks.base_hook'", dag), around)
    assert found.hint == "airflow.hooks.base_hook is of Airflow 2; write from airflow.sdk import BaseHook"


def test_bytecode_whose_source_is_gone(around: Around, tmp_path: Path) -> None:
    gone = tmp_path / "dags" / "helper.pyc"
    (tmp_path / "helper.py").write_text("old = 1\n")
    py_compile.compile(str(tmp_path / "helper.py"), cfile=str(gone))
    found = explain(failing(f"ImportError: cannot import name 'new' from 'helper' ({gone})"), around)
    assert (found.cause, found.hint) == ("stale-module", "mlopsctl dags clean removes helper.pyc, whose source is gone")


@pytest.mark.parametrize(
    "last",
    [
        "ImportError: cannot import name 'there' from 'linked.part' ({path})",
        "AttributeError: module 'linked.part' has no attribute 'there'",
    ],
)
def test_a_module_that_airflow_holds_an_older_version_of(around: Around, tmp_path: Path, last: str) -> None:
    path = tmp_path / "dags" / "linked" / "part.py"
    found = explain(failing(last.format(path=path)), around)
    assert found.cause == "stale-module" and found.hint.endswith("mlopsctl dags clean")
    missing = explain(failing(last.format(path=path).replace("there", "nowhere")), around)
    assert missing.cause == "other" and "defines no nowhere" in missing.hint


HELPER = """Traceback (most recent call last):
  File "/h/dags/d/d.py", line 1, in <module>
    from helper import x
  File "/h/dags/d/helper.py", line 5
    def x(:
          ^
SyntaxError: invalid syntax
"""


def test_a_syntax_error_is_where_it_is_with_its_line() -> None:
    found = explain(ImportErrorReport("d/d.py", HELPER))
    assert found.message == "SyntaxError: invalid syntax (helper.py, line 5: def x(:)"


def test_the_place_is_not_in_somebody_elses_package() -> None:
    traceback = (
        'Traceback (most recent call last):\n  File "/h/dags/d/d.py", line 4, in <module>\n    Variable.get("A")\n'
        '  File "/v/lib/python3.11/site-packages/airflow/sdk/definitions/variable.py", line 60, in get\n'
        "AirflowRuntimeError: VARIABLE_NOT_FOUND: {'message': 'Variable A not found'}\n"
    )
    assert explain(ImportErrorReport("d/d.py", traceback)).message.endswith("(d.py, line 4)")


def test_a_place_that_airflow_does_not_tell_is_looked_up(around: Around, tmp_path: Path) -> None:
    """Of a traceback it keeps the last two places."""
    (tmp_path / "dags" / "d.py").write_text('from airflow.sdk import Variable\n\nVariable.get("A")\n')
    traceback = (
        '  File "/v/lib/python3.11/site-packages/airflow/sdk/definitions/variable.py", line 60, in get\n'
        "AirflowRuntimeError: VARIABLE_NOT_FOUND: {'message': 'Variable A not found'}\n"
    )
    assert explain(ImportErrorReport("d.py", traceback), around).message.endswith(" (d.py, line 3)")
    assert explain(ImportErrorReport("d.py", traceback)).message.endswith(" (d.py)")


def test_what_is_no_traceback_is_shown_as_it_is() -> None:
    assert explain(ImportErrorReport("d.py", "")).message == "no reason given (d.py)"
    assert explain(ImportErrorReport("d.py", "killed\n")).message == "killed (d.py)"
