"""Code of Airflow 2 that only fails when Airflow runs it."""

from tests.operations.doctor.checks.dags.conftest import DAG, Project
from tests.operations.doctor.contexts import findings, is_ok

TASKS = """
def task(**context):
    from airflow import settings
    settings.Session()
    print(context["execution_date"])
    print(context["execution_date"])

with DAG("d", schedule=None):
    PythonOperator(task_id="a", python_callable=task)
    BashOperator(task_id="b", bash_command="echo {{ yesterday_ds }} {{ conf }}")
    PythonOperator(task_id="c", python_callable=print, provide_context=True)
"""
IMPORTS = "from airflow.providers.standard.operators.python import PythonOperator\n"


def test_names_of_airflow_2(project: Project) -> None:
    project.write("dag", DAG + IMPORTS + TASKS)
    found = {finding.message.partition(":")[2]: finding for finding in findings("dag-airflow-2", project.home)}
    places = [message.partition(": ")[0] for message in found]
    assert places == ["6", "7 (and 1 more)", "12", "12", "13"]
    first, context, template, conf, argument = found.values()
    assert "Variable.get" in first.hint.note
    path = str(project.dags / "one" / "dag.py")
    for finding, write in ((context, 'context["logical_date"]'), (template, "macros.ds_add"), (argument, "remove it")):
        assert finding.hint.command == ("dags", "migrate", path) and write in finding.hint.note
    assert "params=" in conf.hint.note and not conf.hint.command


def test_files_that_airflow_does_not_read_are_left_out(project: Project) -> None:
    """Except those that tasks render."""
    project.write("unused", "def task(**context): context['execution_date']\n")
    assert is_ok("dag-airflow-2", project.home)
    (project.folder / "one" / "load.sql").write_text("SELECT '{{ next_ds }}'")
    (finding,) = findings("dag-airflow-2", project.home)
    assert finding.message.startswith("one/load.sql:1: next_ds")


def test_airflow_2_has_these_names(project: Project) -> None:
    project.write("dag", DAG + IMPORTS + TASKS)
    with (project.home / "config.toml").open("a") as config:
        config.write('airflow_version = "2.11.2"\n')
    assert is_ok("dag-airflow-2", project.home)
