"""Only databases of this home are reset, and the plan lists what will be lost."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mlopsctl.adapters.airflow.metadb.user_data import HAS_TABLES
from mlopsctl.adapters.files import locked
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.core.result import Message
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import DatabaseName
from mlopsctl.operations.backfill.lock import lock_file
from mlopsctl.operations.db.reset import _empty_metadata, plan

METADATA, FEATURES = DatabaseName.METADATA, DatabaseName.FEATURES
COUNTS = '{"runs": 1234, "users": 2, "connections": 0, "variables": 0, "pools": 0}'


class Postgres:
    """The metadata database. `tables`: whether Airflow has created its tables."""

    def __init__(self, up: bool = True, tables: bool = True, counts: str = COUNTS) -> None:
        self.up, self.tables, self.counts = up, tables, counts

    def ready(self) -> bool:
        return self.up

    def query(self, sql: str) -> str:
        return ("t" if self.tables else "f") if sql == HAS_TABLES else self.counts


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


def test_the_plan_lists_what_will_be_lost(tmp_path: Path) -> None:
    made = plan(platform(tmp_path), [METADATA, FEATURES])
    assert [step.what for step in made.steps] == [
        "delete DAG runs with their tasks, logs and XComs: 1,234, users: 2",
        "delete mlops: 7 tables, about 92,633 rows, recipe: 2 tables, about 0 rows",
    ]
    assert made.asks == "Delete everything in metadata and features?"
    (note,) = made.notes
    assert isinstance(note, Message) and note.hint.command == ("seed",)


@pytest.mark.parametrize("postgres", [Postgres(up=False), Postgres(tables=False)])
def test_without_a_database_to_ask_everything_is_listed(tmp_path: Path, postgres: Postgres) -> None:
    (step,) = plan(platform(tmp_path, postgres), [METADATA]).steps
    assert "all DAG runs" in step.what and "all your users" in step.what
    (step,) = plan(platform(tmp_path, mariadb=MariaDB(up=False)), [FEATURES]).steps
    assert "all tables of mlops" in step.what


def test_the_plan_says_if_nothing_will_be_lost(tmp_path: Path) -> None:
    (step,) = plan(platform(tmp_path, Postgres(counts='{"users": 0}')), [METADATA]).steps
    assert step.what == "delete nothing of yours"


@pytest.mark.parametrize(
    ("name", "setting"), [(METADATA, "external_metadata_db"), (FEATURES, "external_feature_store")]
)
def test_an_external_database_is_not_reset(tmp_path: Path, name: DatabaseName, setting: str) -> None:
    with pytest.raises(MlopsctlError, match=f"the {name} database was given by URL") as caught:
        plan(platform(tmp_path, None, None, **{setting: True}), [name])
    assert caught.value.code == "external" and caught.value.hint.command


def test_a_reset_is_refused_while_a_backfill_runs(tmp_path: Path) -> None:
    with locked(lock_file(Home(tmp_path), "d"), "backfill"), pytest.raises(MlopsctlError) as caught:
        plan(platform(tmp_path), [METADATA])
    assert caught.value.code == "locked"
    assert not plan(platform(tmp_path), [METADATA]).empty


def test_logs_and_xcoms_of_runs_are_deleted_and_setup_can_continue(tmp_path: Path) -> None:
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
