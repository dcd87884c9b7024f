"""The command line of `mlopsctl seed`, on a home whose feature store does not respond."""

import json
from pathlib import Path

import pytest

from tests.conftest import call_cli


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "config.toml").write_text("external_feature_store = true\n")
    url = f"mysql://mlops:x@localhost/mlops?unix_socket={tmp_path}/none.sock"
    (tmp_path / "secrets" / "feature-store-url").write_text(url, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--scale", "0"], "--scale must be 1 or more, not 0."),
        (["--scale", "1e9"], "1000000000"),
        (["--scale", "many"], "'many'"),
        (["--scale", "1.5"], "'1.5'"),
        (["--scale", "inf"], "'inf'"),
        (["--seed", "-1"], "-1"),
        (["--seed", "0x7"], "'0x7'"),
        (["--seed", "99999999999999999999999"], "not 99999999999999999999999."),
        (["--scale", "1e999999999"], "'1e999999999'"),
        (["--dirt", "2"], "200%"),
        (["--dirt", "51%"], "51%"),
        (["--dirt", "much"], "'much'"),
        (["--drift", "soon"], "'soon'"),
        (["--drift", ""], "''"),
        (["--drift", "2026-01-01"], "2026-01-01"),
        (["--from", "2023-05-31"], "2023-05-31"),
        (["--from", "2024-02-30"], "'2024-02-30'"),
        (["--from", "2024-02", "--to", "2024-01"], "--from 2024-02"),
        (["status", "--from", "gestern"], "'gestern'"),
        (["verify", "--to", "2024-13"], "'2024-13'"),
        (["reset", "--from", "2024-02", "--to", "2024-01"], "--from 2024-02"),
        (["stats"], "stats"),
        (["--dry-run", "reset", "--yes"], "--dry-run must follow reset."),
    ],
)
def test_invalid_values_are_exit_2(home: Path, words: list[str], named: str) -> None:
    ran = call_cli("--home", home, "seed", *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ") and named in ran.err


def test_seed_needs_a_platform(tmp_path: Path) -> None:
    home = tmp_path / "none"
    ran = call_cli("--home", home, "seed")
    assert ran.code == 1 and f"hint: mlopsctl --home {home} setup\n" in ran.err
    assert not home.exists()


def test_a_feature_store_that_does_not_respond(home: Path) -> None:
    ran = call_cli("--home", home, "seed", "--json")
    answer = json.loads(ran.out)
    assert ran.code == 1
    assert set(answer) == {"version", "command", "status", "data", "errors"}
    assert (answer["version"], answer["command"], answer["status"], answer["data"]) == (1, "seed", "error", {})
    assert [set(error) for error in answer["errors"]] == [{"code", "message", "hint", "hint_command"}]
    assert answer["errors"][0]["code"] == "unreachable"
    assert answer["errors"][0]["hint_command"] is None, "no service of this home runs an external server"


def test_an_option_by_its_variable(home: Path) -> None:
    assert "2023-05-31" in call_cli("--home", home, "seed", env={"MLOPSCTL_SEED_FROM": "2023-05-31"}).err


def test_json_may_be_before_the_subcommand(home: Path) -> None:
    assert call_cli("--home", home, "seed", "--json", "status").code == 1
