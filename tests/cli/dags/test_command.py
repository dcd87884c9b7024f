"""The command line of `mlopsctl dags`. Real DAGs are in tests/live/test_dags.py."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlopsctl.cli._common.output import Output
from mlopsctl.cli.dags import command as dags
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import ImportErrorCause
from mlopsctl.operations.dags.import_errors.listing import ImportDiagnosis
from tests.cli.backfill.test_command import home
from tests.conftest import Ran

__all__ = ["home"]  # the fixture: a platform whose API server does not run
Cli = Callable[..., Ran]

DIAGNOSIS = ImportDiagnosis(
    "d.py", ImportErrorCause.NOT_LINKED, "ModuleNotFoundError: x", Hint.of("link", "add", "/x"), "line 1", link="/x"
)


def test_group_without_subcommand_is_a_usage_error(cli: Cli) -> None:
    ran = cli("dags")
    assert ran.code == 2
    assert all(word in ran.err for word in ("list", "errors", "clean", "fix"))


def test_api_server_that_does_not_run_is_an_error(cli: Cli, home: Path) -> None:
    ran = cli("--home", home, "dags", "errors")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error: ")


def test_clean_without_airflow_removes_bytecode_only(cli: Cli, home: Path) -> None:
    package = home / "airflow" / "dags" / "one"
    (package / "__pycache__").mkdir(parents=True)
    (package / "__pycache__" / "x.cpython-311.pyc").write_bytes(b"")
    (package / "x.py").write_text("")
    planned = cli("--home", home, "dags", "clean", "--dry-run")
    assert (planned.code, planned.out) == (0, "")
    assert planned.err.startswith("one           remove 1 __pycache__\nread          nothing to do\n")
    assert (package / "__pycache__").exists()
    for expected in ([("one", "changed"), ("read", "skipped")], [("read", "skipped")]):
        ran = cli("--home", home, "dags", "clean", "--json")
        assert [(step["name"], step["state"]) for step in json.loads(ran.out)["data"]["steps"]] == expected
    assert [path.name for path in package.iterdir()] == ["x.py"]


def test_data_of_an_import_error() -> None:
    assert dags._data(DIAGNOSIS, "mlopsctl --home /h") == {
        "file": "d.py",
        "cause": "not-linked",
        "message": "ModuleNotFoundError: x",
        "hint": "mlopsctl --home /h link add /x",
        "hint_command": ["link", "add", "/x"],
        "traceback": "line 1",
    }


def test_traceback_is_shown_with_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    dags._show(Output(), [DIAGNOSIS])
    assert capsys.readouterr().out.splitlines() == [
        "d.py",
        "  not-linked: ModuleNotFoundError: x",
        "  hint: mlopsctl link add /x",
    ]
    dags._show(Output(verbose=True), [DIAGNOSIS])
    assert capsys.readouterr().out.splitlines()[-1] == "    line 1"
