"""The options of `mlopsctl backfill`. Real runs are tested in tests/live/test_backfill.py."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlopsctl.cli.main import main
from tests.conftest import Ran

Cli = Callable[..., Ran]
RANGE = ("--from", "2024-01-01", "--to", "2024-01-31")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A platform whose API server does not run."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "config.toml").write_text("api_port = 1\n")
    for name in ("feature-store-url", "service-password"):
        (tmp_path / "secrets" / name).write_text("x")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["d"], "missing option '--from'"),
        (["d", "--from", "2024-01-01"], "missing option '--to'"),
        (["d", "--from", "2024-02-30", "--to", "today"], "'2024-02-30' is not a day"),
        (["d", "--from", "2024-02", "--to", "2024-01"], "--from 2024-02 is after --to 2024-01."),
        (["d", "--from", "-1x", "--to", "today"], "'-1x' is not a date."),
        (["d", *RANGE, "--all", "--only", "failed"], "--all and --only exclude each other."),
        (["d", *RANGE, "--only", "holes!"], "'holes!' is not one of"),
        (["d", *RANGE, "--all", "--only", "holes"], "--all and --only exclude each other."),
        (["d", *RANGE, "--table", "mlops.t"], "--table and --column need --only holes."),
        (["d", *RANGE, "--dates", "2024-01-03"], "--dates and --from/--to exclude each other."),
        (["d", "--dates", "2024-01-03,soon"], "'soon' is not a date."),
        (["d", "--dates", "2024-01-03,2024-02-30"], "'2024-02-30' is not a day"),
        (["d", *RANGE, "--chunk", "0"], "invalid number of days for --chunk: '0'."),
        (["d", *RANGE, "--chunk", "1m"], "invalid number of days for --chunk: '1m'."),
        (["d", *RANGE, "--max-failures", "0"], "0 is not in the range x>=1"),
        (["d", *RANGE, "--detach", "--chunk", "30d"], "--chunk needs mlopsctl to stay"),
        (["d", *RANGE, "--detach", "--max-failures", "1"], "--max-failures needs mlopsctl to stay"),
        (["d", *RANGE, "--detach", "--repause"], "--repause needs mlopsctl to stay"),
        (["d", *RANGE, "--conf", "{"], "--conf is not JSON"),
        (["d", *RANGE, "--conf", '{"a": Infinity}'], "--conf is not JSON"),
        (["d", *RANGE, "--conf", "[1]"], "--conf must be a JSON object, not [1]."),
        (["d", *RANGE, "--timeout", "soon"], "'soon' is not a duration."),
        (["d", *RANGE, "--max-active", "0"], "0 is not in the range x>=1"),
        ([*RANGE], "missing argument 'DAG'"),
    ],
)
def test_invalid_options_exit_with_2(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], error: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--home", str(home), "backfill", *words])
    seen = capsys.readouterr()
    assert (caught.value.code, seen.out) == (2, "")
    assert seen.err.startswith("error: ") and error in seen.err


def test_range_from_environment_variables(cli: Cli, home: Path) -> None:
    env = {"MLOPSCTL_BACKFILL_FROM": "2024-02-30", "MLOPSCTL_BACKFILL_TO": "today"}
    assert "'2024-02-30' is not a day" in cli("--home", home, "backfill", "d", env=env).err


def test_without_a_platform(cli: Cli, tmp_path: Path) -> None:
    ran = cli("--home", tmp_path / "none", "backfill", "d", *RANGE)
    assert ran.code == 1
    assert ran.err.startswith(f"error: there is no platform in {tmp_path / 'none'}.")
    assert not (tmp_path / "none").exists()


def test_stopped_server_is_one_error_and_changes_nothing(cli: Cli, home: Path) -> None:
    before = sorted(home.rglob("*"))
    ran = cli("--home", home, "backfill", "d", *RANGE, "--json")
    answer = json.loads(ran.out)
    assert ran.code == 1
    assert set(answer) == {"version", "command", "status", "data", "errors"}
    assert (answer["command"], answer["status"], answer["data"]) == ("backfill", "error", {})
    (error,) = answer["errors"]
    assert error["code"] == "api-unreachable" and error["hint"] == f"mlopsctl --home {home} start"
    assert sorted(home.rglob("*")) == before
