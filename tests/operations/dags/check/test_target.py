"""What files run on decides which rules apply."""

from pathlib import Path

import pytest

from mlopsctl.core.errors import UsageError
from mlopsctl.operations.dags.check.run import check
from mlopsctl.operations.dags.check.target import Target, read

AIRFLOW_2 = "from airflow.operators.dummy import DummyOperator\nDummyOperator(task_id='{{ yesterday_ds }}')\n"
AIRFLOW_3 = "from airflow.sdk import DAG\nDAG('d')\n"


@pytest.mark.parametrize(
    ("version", "airflow2"), [("2", True), ("2.11", True), ("2.7.2", True), ("3", False), ("3.3.2", False)]
)
def test_known_versions(version: str, airflow2: bool) -> None:
    assert read(version, "3.12") == Target("3.12", airflow2)


@pytest.mark.parametrize(
    ("version", "python"), [("1.10", "3.12"), ("4", "3.12"), ("new", "3.12"), ("3", "2.7"), ("3", "x")]
)
def test_unknown_versions_are_wrong_usage(version: str, python: str) -> None:
    with pytest.raises(UsageError):
        read(version, python)


@pytest.mark.parametrize(
    ("code", "airflow2", "rules"),
    [
        (AIRFLOW_2, False, {"AIR302", "airflow-2-template"}),
        (AIRFLOW_2, True, set()),
        (AIRFLOW_3, False, set()),
        (AIRFLOW_3, True, {"airflow-3-import"}),
    ],
)
def test_code_of_the_other_airflow(tmp_path: Path, code: str, airflow2: bool, rules: set[str]) -> None:
    (tmp_path / "d.py").write_text(code, encoding="utf-8")
    assert {finding.rule for finding in check([tmp_path], target=Target(airflow2=airflow2))} == rules


@pytest.mark.parametrize(("python", "lines"), [("3.9", [1]), ("3.10", [])])
def test_syntax_that_a_python_does_not_have(tmp_path: Path, python: str, lines: list[int]) -> None:
    (tmp_path / "d.py").write_text("match x:\n    case 1:\n        pass\n", encoding="utf-8")
    found = check([tmp_path], target=Target(python))
    assert [(finding.line, finding.rule) for finding in found] == [(line, "syntax") for line in lines]
