"""The words of `mlopsctl seed`, on a home whose feature store does not answer."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran

Cli = Callable[..., Ran]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "config.toml").write_text("external_feature_store = true\n")
    url = f"mysql://mlops:x@localhost/mlops?unix_socket={tmp_path}/none.sock"
    (tmp_path / "secrets" / "feature-store-url").write_text(url, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--scale", "0"], "the scale must be 1 or more, not 0."),
        (["--scale", "-1"], "the scale must be 1 or more, not -1."),
        (["--scale", "1000000000"], "scale 1000000000 is too large: it would need about 189,000,000 GB of disk"),
        (["--scale", "many"], "'many' is not a valid integer"),
        (["--from", "2023-05-31"], "2023-05-31 is before 2023-06-01, where the exam data begin."),
        (["--from", "2024-02-30"], "'2024-02-30' is not a day"),
        (["--from", "2024-02", "--to", "2024-01"], "--from 2024-02 is after --to 2024-01."),
        (["status", "--from", "gestern"], "'gestern' is not a date."),
        (["stats"], "stats"),
    ],
)
def test_wrong_words_are_exit_2(cli: Cli, home: Path, words: list[str], error: str) -> None:
    ran = cli("--home", home, "seed", *words)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert error in ran.err


def test_without_a_platform(cli: Cli, tmp_path: Path) -> None:
    ran = cli("--home", tmp_path / "none", "seed")
    assert ran.code == 1
    assert ran.err == (
        f"error: there is no platform in {tmp_path / 'none'}.\nhint: mlopsctl --home {tmp_path / 'none'} setup\n"
    )
    assert not (tmp_path / "none").exists()


def test_a_feature_store_that_does_not_answer(cli: Cli, home: Path) -> None:
    ran = cli("--home", home, "seed", "--json")
    answer = json.loads(ran.out)
    assert ran.code == 1
    assert set(answer) == {"version", "command", "status", "data", "errors"}
    assert (answer["version"], answer["command"], answer["status"], answer["data"]) == (1, "seed", "error", {})
    assert [set(error) for error in answer["errors"]] == [{"code", "message", "hint"}]
    assert answer["errors"][0]["code"] == "unreachable"
    assert "start mariadb" in answer["errors"][0]["hint"]


def test_variables_are_shown_and_read(cli: Cli, home: Path) -> None:
    shown = cli("seed", "--help").out
    for name in ("FROM", "TO", "SCALE", "DRY_RUN", "YES", "JSON"):
        assert f"MLOPSCTL_SEED_{name}]" in " ".join(shown.split()).replace("MLOPSCTL_SEED_ ", "MLOPSCTL_SEED_")
    assert "2023-05-31 is before" in cli("--home", home, "seed", env={"MLOPSCTL_SEED_FROM": "2023-05-31"}).err
