"""The words of `mlopsctl dags`. Real DAGs are in tests/live/test_dags.py."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.cli.backfill.test_command import home
from tests.conftest import Ran

__all__ = ["home"]  # the fixture: a platform whose API server does not run


def test_the_group_alone_is_wrong_usage_and_shows_what_there_is(cli: Callable[..., Ran]) -> None:
    ran = cli("dags")
    assert ran.code == 2
    assert all(word in ran.err for word in ("list", "errors", "clean", "fix"))


def test_a_server_that_does_not_run_is_one_sentence(cli: Callable[..., Ran], home: Path) -> None:
    for words in (("list",), ("errors",), ("fix",)):
        ran = cli("--home", home, "dags", *words)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith("error: Airflow's API server ")


def test_clean_without_an_airflow_removes_bytecode_alone(cli: Callable[..., Ran], home: Path) -> None:
    package = home / "airflow" / "dags" / "one"
    (package / "__pycache__").mkdir(parents=True)
    (package / "__pycache__" / "x.cpython-311.pyc").write_bytes(b"")
    (package / "x.py").write_text("")
    planned = "one           remove 1 __pycache__\nread          nothing to do\n"
    away = "Airflow does not run: it reads every file when it starts\n"
    assert cli("--home", home, "dags", "clean", "--dry-run") == Ran(0, "", planned + away)
    assert (package / "__pycache__").exists()
    ran = cli("--home", home, "dags", "clean", "--json")
    steps = json.loads(ran.out)["data"]["steps"]
    assert [(step["name"], step["state"]) for step in steps] == [("one", "changed"), ("read", "skipped")]
    assert [path.name for path in package.iterdir()] == ["x.py"]
    assert [
        step["name"] for step in json.loads(cli("--home", home, "dags", "clean", "--json").out)["data"]["steps"]
    ] == ["read"]
