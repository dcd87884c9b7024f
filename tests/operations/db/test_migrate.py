"""Airflow is stopped only if migrations are pending."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from mlopsctl.core.settings import Settings
from mlopsctl.core.states import DatabaseName, StepState
from mlopsctl.core.steps import Step
from mlopsctl.operations.db import migrate as operation
from mlopsctl.operations.seed import schema

Migrated = Callable[..., list[str]]


@pytest.fixture
def migrate(monkeypatch: pytest.MonkeyPatch) -> Migrated:
    """Migrates a database from revision `at` to `b`, that of the installed Airflow; returns the steps."""

    def called(at: str, *databases: str, was_running: bool = True) -> list[str]:
        revision = [at]

        def script(name: str, words: dict[str, Any]) -> dict[str, Any]:
            assert (name, words) == ("schema", {"drop": False})
            return {"pending": revision[0] != "b", "revision": revision[0] or None}

        def step(name: str) -> Callable[..., Iterator[Step]]:
            def steps(*args: Any, **words: Any) -> Iterator[Step]:
                revision[0] = "b" if name == "initialise_metadata" else revision[0]
                yield Step(name, StepState.CHANGED, " ".join(map(str, [*args[1:], *words.values()])))

            return steps

        for name in ("start_databases", "stop_airflow", "initialise_metadata", "restore_services"):
            monkeypatch.setattr(operation, name, step(name))
        monkeypatch.setattr(schema, "create_schema", lambda _: ["mlops.a"])
        platform: Any = SimpleNamespace(
            airflow=SimpleNamespace(run_script=script),
            supervisor=SimpleNamespace(running=lambda: was_running),
            settings=Settings(),
            features=lambda: None,
            programs=lambda: [],
        )
        steps = operation.run(platform, [DatabaseName(name) for name in databases])
        return [f"{s.name} {s.state}: {s.detail}" for s in steps if s.state != "running"]

    return called


def test_without_pending_migrations_nothing_is_stopped(migrate: Migrated) -> None:
    assert migrate("b", "metadata") == [
        "start_databases changed: []", "metadata ok: at b, the revision of Airflow 3.3.2",
    ]  # fmt: skip


def test_airflow_is_stopped_while_migrations_run(migrate: Migrated) -> None:
    assert migrate("a", "metadata", "features") == [
        "start_databases changed: []",
        "stop_airflow changed: ",
        "initialise_metadata changed: ",
        "metadata changed: from a; now at b, the revision of Airflow 3.3.2",
        "restore_services changed: True",
        "features changed: created mlops.a",
    ]


def test_a_stopped_platform_is_stopped_again(migrate: Migrated) -> None:
    done = migrate("", "metadata", was_running=False)
    assert done[-1] == "restore_services changed: False" and "metadata changed: from nothing; now at b" in done[-2]
    assert migrate("b", "features", was_running=False) == [
        "start_databases changed: []", "features changed: created mlops.a", "restore_services changed: False",
    ]  # fmt: skip
