"""Migrations: where nothing is missing nothing is stopped; where something is, Airflow rests meanwhile."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from mlopsctl.core.settings import Settings
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Step
from mlopsctl.operations.db import migrate as database_migrate
from mlopsctl.operations.db import schema

Migrated = Callable[..., list[str]]


@pytest.fixture
def migrate(monkeypatch: pytest.MonkeyPatch) -> Migrated:
    """Runs it with a database that is at revision `at`, where the installed Airflow wants `b`; what was done."""

    def called(at: str, *which: str, ran: bool = True) -> list[str]:
        revision = [at]

        def script(name: str, words: dict[str, Any]) -> dict[str, Any]:
            assert (name, words) == ("schema", {"drop": False})
            return {"pending": revision[0] != "b", "revision": revision[0] or None}

        def step(name: str) -> Callable[..., Iterator[Step]]:
            def steps(*args: Any, **words: Any) -> Iterator[Step]:
                revision[0] = "b" if name == "initialise" else revision[0]
                yield Step(name, StepState.CHANGED, " ".join(map(str, [*args[1:], *words.values()])))

            return steps

        for name in ("up", "rest", "initialise", "back"):
            monkeypatch.setattr(database_migrate, name, step(name))
        monkeypatch.setattr(schema, "create_schema", lambda _: ["mlops.a"])
        platform: Any = SimpleNamespace(
            airflow=SimpleNamespace(run_script=script),
            supervisor=SimpleNamespace(running=lambda: ran),
            settings=Settings(),
            features=lambda: None,
            programs=lambda: [],
        )
        steps = database_migrate.run(platform, which)
        return [f"{s.name} {s.state}: {s.detail}" for s in steps if s.state != "running"]

    return called


def test_where_nothing_is_missing_nothing_is_stopped(migrate: Migrated) -> None:
    assert migrate("b", "metadata") == ["up changed: []", "metadata ok: at b, as Airflow 3.3.2 wants it"]


def test_where_something_is_missing_airflow_rests_meanwhile(migrate: Migrated) -> None:
    assert migrate("a", "metadata", "features") == [
        "up changed: []", "rest changed: ", "initialise changed: ",
        "metadata changed: from a; at b, as Airflow 3.3.2 wants it", "back changed: True",
        "features changed: made mlops.a",
    ]  # fmt: skip


def test_a_platform_that_did_not_run_does_not_run_afterwards(migrate: Migrated) -> None:
    done = migrate("", "metadata", ran=False)
    assert done[-1] == "back changed: False" and "metadata changed: from nothing; at b" in done[-2]
    assert migrate("b", "features", ran=False) == [
        "up changed: []", "features changed: made mlops.a", "back changed: False",
    ]  # fmt: skip
