import textwrap
from pathlib import Path

import pytest

from mlopsctl.operations.dags.check import project as projects
from mlopsctl.operations.dags.check import run
from mlopsctl.operations.dags.check.rules.schedules import CATCHUP_RULE, RULE
from mlopsctl.operations.dags.migrate.edits import apply

IMPORT = "from airflow.timetables.interval import CronDataIntervalTimetable\n"


def rewrite(folder: Path, code: str) -> str:
    path = folder / "dag.py"
    path.write_text(textwrap.dedent(code), encoding="utf-8")
    findings = [finding for finding in run.check([path]) if finding.rule in (RULE, CATCHUP_RULE)]
    return apply(projects.read([path]).sources[0].text, findings)[0]


@pytest.mark.parametrize(
    ("arguments", "after"),
    [
        ("schedule='@daily', catchup=False", "schedule=Cron('@daily', timezone=\"UTC\"), catchup=False"),
        (
            "schedule='0 4 * * *', start_date=pendulum.datetime(2024, 1, 1, tz='Asia/Seoul'), catchup=False",
            "schedule=Cron('0 4 * * *', timezone='Asia/Seoul'), "
            "start_date=pendulum.datetime(2024, 1, 1, tz='Asia/Seoul'), catchup=False",
        ),
        (
            "schedule_interval=CRON, start_date=datetime(2024, 1, 1, tzinfo=KST), catchup=True",
            "schedule_interval=Cron(CRON, timezone=KST), start_date=datetime(2024, 1, 1, tzinfo=KST), catchup=True",
        ),
        (
            "schedule='@hourly', default_args={'start_date': pendulum.today('Europe/Rome')}, catchup=False",
            "schedule=Cron('@hourly', timezone='Europe/Rome'), "
            "default_args={'start_date': pendulum.today('Europe/Rome')}, catchup=False",
        ),
        ("schedule='@daily'", "catchup=True, schedule=Cron('@daily', timezone=\"UTC\")"),
    ],
)
def test_cron_schedule_keeps_its_data_interval(tmp_path: Path, arguments: str, after: str) -> None:
    head = "from airflow import DAG\n"
    code = f"CRON = '0 1 * * *'\nKST = pendulum.timezone('Asia/Seoul')\ndag = DAG('d', {arguments})\n"
    expected = code.replace(arguments, after).replace("Cron(", "CronDataIntervalTimetable(")
    assert rewrite(tmp_path, head + code) == head + IMPORT + expected


def test_timedelta_keeps_its_data_interval(tmp_path: Path) -> None:
    after = rewrite(tmp_path, "from airflow import DAG\ndag = DAG('d', schedule=timedelta(hours=2), catchup=False)\n")
    assert "schedule=DeltaDataIntervalTimetable(timedelta(hours=2))" in after


def test_dag_without_a_schedule_runs_daily_as_before(tmp_path: Path) -> None:
    after = rewrite(tmp_path, "from airflow.decorators import dag\n\n@dag(dag_id='d')\ndef d():\n    pass\n")
    assert "@dag(dag_id='d', catchup=True, schedule=DeltaDataIntervalTimetable(timedelta(days=1)))" in after
    assert "from datetime import timedelta\n" in after


@pytest.mark.parametrize(
    "code",
    [
        "from airflow import DAG\ndag = DAG('d', schedule=None)\n",
        "from airflow import DAG\ndag = DAG('d', schedule='@once')\n",
        "from airflow import DAG\ndag = DAG('d', schedule=[Dataset('x')])\n",
        "from airflow import DAG\ndag = DAG('d', schedule=MyTimetable())\n",
        "from airflow import DAG\ndag = DAG(**arguments)\n",
        "from airflow.sdk import DAG\ndag = DAG('d', schedule='@daily')\n",
    ],
)
def test_schedules_that_mean_the_same_are_left_alone(tmp_path: Path, code: str) -> None:
    assert rewrite(tmp_path, code) == code


@pytest.mark.parametrize(
    "arguments", ["schedule=Variable.get('cron')", "schedule='@daily', start_date=make_date()", "schedule=CRON"]
)
def test_schedule_that_cannot_be_read_is_reported_only(tmp_path: Path, arguments: str) -> None:
    path = tmp_path / "dag.py"
    path.write_text(f"from airflow import DAG\ndag = DAG('d', {arguments}, catchup=False)\n", encoding="utf-8")
    (found,) = [finding for finding in run.check([path]) if finding.rule == RULE]
    assert (found.line, found.edits) == (2, ())


def test_catchup_gets_a_line_of_its_own_where_the_schedule_has_one(tmp_path: Path) -> None:
    after = rewrite(tmp_path, "from airflow import DAG\ndag = DAG(\n    'd',\n    schedule='@daily',\n)\n")
    assert "\n    catchup=True,\n    schedule=CronDataIntervalTimetable('@daily'" in after
