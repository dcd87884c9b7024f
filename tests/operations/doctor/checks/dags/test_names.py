"""Without Airflow. What needs its API is in tests/live/test_dags.py."""

import pytest

from tests.operations.doctor.checks.dags.conftest import DAG, Project
from tests.operations.doctor.contexts import is_ok, outcome


def test_two_files_with_the_same_dag(project: Project) -> None:
    project.write("first", DAG + 'DAG("loans")\n')
    project.write("second", DAG + 'NAME = "loans"\nDAG(dag_id=NAME)\nDAG("other")\n')
    verdict, message = outcome("dag-ids", project.home)
    assert verdict == "error" and message.startswith("one/first.py:2 and one/second.py:3 ") and "loans" in message
    project.write("second", DAG + 'DAG("other")\n')
    assert is_ok("dag-ids", project.home)


@pytest.mark.parametrize("name", ["dag-variables", "dag-connections", "dag-parsing", "dag-errors"])
def test_checks_that_need_the_api_are_skipped_without_its_password(name: str, project: Project) -> None:
    assert outcome(name, project.home) == ("skipped", "the secret service-password is missing")
