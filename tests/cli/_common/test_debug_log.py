"""`-vv` and its log."""

import json
import logging
from pathlib import Path

import pytest

from mlopsctl.cli._common import debug_log
from tests.conftest import run_cli


def test_log_line_has_time_and_logger_and_no_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    stop = debug_log.enable()
    logging.getLogger("mlopsctl.http").debug("GET %s Bearer %s", "mysql://u:s3cret@h/db?token=s3cret", "s3cret")
    stop()
    logging.getLogger("mlopsctl.http").debug("GET /")
    err = capsys.readouterr().err
    assert err[12:] == " mlopsctl.http GET mysql://u:***@h/db?token=*** Bearer ***\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a log, which `logs` shows by running `tail`."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/postgres.log").write_text("ready\n")
    (tmp_path / "config.toml").touch()
    return tmp_path


@pytest.mark.parametrize(("options", "logged"), [([], False), (["-v"], False), (["-vv"], True), (["-v", "-v"], True)])
def test_programs_are_logged_with_vv_only(home: Path, options: list[str], logged: bool) -> None:
    ran = run_cli("--home", home, *options, "logs", "postgres")
    assert (ran.code, ran.out) == (0, "ready\n")
    assert ("mlopsctl.process exec /usr/bin/tail" in ran.err) is logged


@pytest.mark.parametrize(("value", "logged"), [("2", True), ("1", False), ("true", False), ("no", False), ("", False)])
def test_variable_is_a_number_or_a_boolean(home: Path, value: str, logged: bool) -> None:
    ran = run_cli("--home", home, "logs", "postgres", env={"MLOPSCTL_VERBOSE": value})
    assert (ran.code, ran.out) == (0, "ready\n")
    assert ("mlopsctl.process" in ran.err) is logged


def test_invalid_variable_is_wrong_usage(home: Path) -> None:
    ran = run_cli("--home", home, "status", env={"MLOPSCTL_VERBOSE": "loud"})
    assert ran.code == 2 and "loud" in ran.err


def test_json_is_one_object_beside_the_log(home: Path) -> None:
    ran = run_cli("--home", home, "-vv", "config", "show", "--json")
    assert json.loads(ran.out)["command"] == "config show"
