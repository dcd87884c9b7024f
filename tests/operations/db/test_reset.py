"""What is emptied is ours, and what is lost is named."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mlopsctl.adapters.files import locked
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import Settings
from mlopsctl.operations.backfill.lock import lock_of
from mlopsctl.operations.db.reset import _empty_metadata, plan

COUNTS = '{"DAG runs with their tasks, logs and XComs": 1234, "users": 2, "connections": 0, "variables": 0, "pools": 0}'


class Postgres:
    """Answers as the metadata database does; `tables`: whether Airflow has made its own."""

    def __init__(self, up: bool = True, tables: bool = True, counts: str = COUNTS) -> None:
        self.up, self.tables, self.counts = up, tables, counts

    def ready(self) -> bool:
        return self.up

    def query(self, sql: str) -> str:
        return ("ab_user" if self.tables else "") if "to_regclass" in sql else self.counts


class MariaDB:
    def __init__(self, up: bool = True) -> None:
        self.up = up
        self.admin = SimpleNamespace(query=lambda sql: [("mlops", 7, 92_633), ("recipe", 2, 0)])

    def ready(self) -> bool:
        return self.up


def platform(folder: Path, postgres: Postgres | None = None, mariadb: MariaDB | None = None, **settings: Any) -> Any:
    return SimpleNamespace(
        home=Home(folder), settings=Settings(**settings), postgres=postgres or Postgres(), mariadb=mariadb or MariaDB()
    )


def test_what_is_lost_is_named(tmp_path: Path) -> None:
    made = plan(platform(tmp_path), ["metadata", "features"])
    assert [step.what for step in made.steps] == [
        "empty it: DAG runs with their tasks, logs and XComs: 1,234, users: 2",
        "empty it: mlops: 7 tables, about 92,633 rows, recipe: 2 tables, about 0 rows",
    ]
    assert made.asks.startswith("Reset metadata and features? Lost is DAG runs") and made.asks.endswith("0 rows.")


@pytest.mark.parametrize("postgres", [Postgres(up=False), Postgres(tables=False)])
def test_where_nobody_can_be_asked_all_is_named(tmp_path: Path, postgres: Postgres) -> None:
    (step,) = plan(platform(tmp_path, postgres), ["metadata"]).steps
    assert "all DAG runs" in step.what and "all users" in step.what
    (step,) = plan(platform(tmp_path, mariadb=MariaDB(up=False)), ["features"]).steps
    assert "all tables of mlops" in step.what


def test_where_nothing_is_lost_it_says_so(tmp_path: Path) -> None:
    (step,) = plan(platform(tmp_path, Postgres(counts='{"users": 0}')), ["metadata"]).steps
    assert step.what == "empty it: nothing of yours"


@pytest.mark.parametrize(
    ("which", "setting"), [("metadata", "external_metadata_db"), ("features", "external_feature_store")]
)
def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path, which: str, setting: str) -> None:
    with pytest.raises(MlopsctlError, match=f"the {which} database was given by URL") as caught:
        plan(platform(tmp_path, None, None, **{setting: True}), [which])
    assert (caught.value.code, caught.value.hint.text()[:8]) == ("external", "mlopsctl")


def test_a_backfill_that_is_being_watched_is_not_robbed_of_its_runs(tmp_path: Path) -> None:
    with locked(lock_of(Home(tmp_path), "d"), "backfill"), pytest.raises(MlopsctlError) as caught:
        plan(platform(tmp_path), ["metadata"])
    assert caught.value.code == "locked"
    assert not plan(platform(tmp_path), ["metadata"]).empty


def test_what_belongs_to_the_runs_goes_with_them_and_setup_heals_what_was_killed(tmp_path: Path) -> None:
    home, asked = Home(tmp_path), []
    given = platform(tmp_path)
    given.airflow = SimpleNamespace(run_script=lambda name, words: asked.append((name, words)))
    for path in ("airflow/logs/dag_id=d/run_id=r/1.log", "airflow/logs/scheduler/x.log", "airflow/xcom/d/x.json"):
        (home.root / path).parent.mkdir(parents=True)
        (home.root / path).touch()
    home.secrets.mkdir()
    home.secret("initialised").touch()
    assert _empty_metadata(given) == "emptied" and asked == [("schema", {"drop": True})]
    assert sorted(str(p.relative_to(home.airflow)) for p in home.airflow.rglob("*")) == [
        "logs", "logs/scheduler", "logs/scheduler/x.log", "xcom",
    ]  # fmt: skip
    assert not home.secret("initialised").exists()
