import pytest

from mlopsctl.model import ImportErrorReport
from mlopsctl.operations.dags import explain

# The last lines as Airflow 3.3.2 reports them.
CASES = [
    ("ModuleNotFoundError: No module named 'xgboost'", "missing-module", "that holds xgboost"),
    (
        "ModuleNotFoundError: No module named 'airflow.operators.python_operator'",
        "airflow-2-import",
        "write airflow.providers.standard.operators.python",
    ),
    ("ModuleNotFoundError: No module named 'airflow.utils.dates'", "airflow-2-import", "pendulum.today()"),
    ("ModuleNotFoundError: No module named 'airflow.contrib.hooks'", "airflow-2-import", "its new place"),
    (
        "ImportError: cannot import name 'days_ago' from 'airflow.utils.dates' (/v/airflow/utils/dates.py)",
        "airflow-2-import",
        "airflow.utils.dates is of Airflow 2; write pendulum: pendulum.today()",
    ),
    (
        "ImportError: cannot import name 'conf' from 'airflow.sdk' (/v/airflow/sdk/__init__.py)",
        "airflow-2-import",
        "conf is not in airflow.sdk of Airflow 3: look for it in airflow.sdk or in a provider",
    ),
    (
        "TypeError: DAG.__init__() got an unexpected keyword argument 'schedule_interval'",
        "airflow-2-import",
        "Airflow 3 has no schedule_interval: write schedule=",
    ),
    ("SyntaxError: '(' was never closed", "syntax-error", "mend the line that is named"),
    ("IndentationError: unexpected indent", "syntax-error", "mend the line that is named"),
    (
        "AirflowRuntimeError: VARIABLE_NOT_FOUND: {'message': 'Variable with key MODEL_PATH not found'}",
        "missing-variable",
        "mlopsctl airflow -- variables set MODEL_PATH VALUE",
    ),
    (
        "KeyError: 'Variable MODEL_PATH does not exist'",
        "missing-variable",
        "mlopsctl airflow -- variables set MODEL_PATH VALUE",
    ),
    (
        "airflow.sdk.exceptions.AirflowNotFoundException: The conn_id `feature_store` isn't defined",
        "missing-connection",
        "mlopsctl airflow -- connections add feature_store --conn-uri URI",
    ),
    ("ZeroDivisionError: division by zero", "other", "mlopsctl dags errors --json"),
]  # fmt: skip


@pytest.mark.parametrize(("last", "cause", "hint"), CASES)
def test_the_usual_causes_come_with_a_remedy(last: str, cause: str, hint: str) -> None:
    traceback = f'Traceback (most recent call last):\n  File "/h/dags/d/d.py", line 7, in <module>\n    x = y\n{last}\n'
    found = explain(ImportErrorReport("d/d.py", traceback))
    assert (found.file, found.cause, found.traceback) == ("d/d.py", cause, traceback)
    assert found.message == f"{last} (d.py, line 7)"
    assert hint in found.hint


HELPER = """Traceback (most recent call last):
  File "/h/dags/d/d.py", line 1, in <module>
    from helper import x
  File "/h/dags/d/helper.py", line 5
    def x(:
          ^
SyntaxError: invalid syntax
"""


def test_a_syntax_error_is_where_it_is() -> None:
    assert explain(ImportErrorReport("d/d.py", HELPER)).message == "SyntaxError: invalid syntax (helper.py, line 5)"


def test_the_place_is_not_in_somebody_elses_package() -> None:
    traceback = (
        'Traceback (most recent call last):\n  File "/h/dags/d/d.py", line 4, in <module>\n    Variable.get("A")\n'
        '  File "/v/lib/python3.11/site-packages/airflow/sdk/definitions/variable.py", line 60, in get\n'
        "AirflowRuntimeError: VARIABLE_NOT_FOUND: {'message': 'Variable A not found'}\n"
    )
    assert explain(ImportErrorReport("d/d.py", traceback)).message.endswith("(d.py, line 4)")


def test_what_is_no_traceback_is_shown_as_it_is() -> None:
    assert explain(ImportErrorReport("d.py", "")).message == "no reason given"
    assert explain(ImportErrorReport("d.py", "killed\n")).message == "killed"
