import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran

Cli = Callable[..., Ran]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text("# mine\nseed_scale = 2\n")
    return tmp_path


def test_setting_a_value_keeps_comments(cli: Cli, home: Path) -> None:
    ran = cli("--home", home, "config", "set", "seed_scale", "3")
    assert (ran.code, ran.err) == (
        0, f"seed_scale = 3, not applied yet\nhint: mlopsctl --home {home} setup   # applies it\n",
    )  # fmt: skip
    assert (home / "config.toml").read_text() == "# mine\nseed_scale = 3\n"


def test_fills_applies_at_once(cli: Cli, home: Path) -> None:
    ran = cli("--home", home, "config", "set", "fills", "mine=mlops.t.base_dt")
    assert (ran.code, ran.err) == (0, "fills = mine=mlops.t.base_dt\n")
    assert json.loads(cli("--home", home, "config", "show", "--json").out)["data"]["settings"]["fills"] == [
        "mine=mlops.t.base_dt"
    ]


@pytest.mark.parametrize(("value", "changed", "words"), [("3", True, "would be 3"), ("2", False, "is already 2")])
def test_a_dry_run_changes_nothing(cli: Cli, home: Path, value: str, changed: bool, words: str) -> None:
    before = sorted(home.rglob("*"))
    ran = cli("--home", home, "config", "set", "seed_scale", value, "--dry-run", "--json")
    answer = json.loads(ran.out)
    assert (ran.code, ran.err) == (0, f"seed_scale {words}\n")
    assert (answer["status"], answer["data"]) == (
        "planned", {"key": "seed_scale", "value": value, "changed": changed},
    )  # fmt: skip
    assert sorted(home.rglob("*")) == before
    assert (home / "config.toml").read_text() == "# mine\nseed_scale = 2\n"


def test_a_dry_run_rejects_invalid_values(cli: Cli, home: Path) -> None:
    ran = cli("--home", home, "config", "set", "seed_scale", "many", "--dry-run")
    assert ran.code == 2 and ran.err.startswith("error: setting 'seed_scale' must be a")


@pytest.mark.parametrize(
    ("key", "value", "hint"),
    [
        ("airflow_version", "3.3.1", ["upgrade", "--airflow-version", "3.3.1"]),
        ("external_metadata_db", "true", ["setup", "--metadata-db", "URL"]),
        ("alert_email", "a@example.com", ["setup", "--alert-email", "VALUE"]),
    ],
)
def test_some_settings_have_a_command_of_their_own(cli: Cli, home: Path, key: str, value: str, hint: list[str]) -> None:
    ran = cli("--home", home, "config", "set", key, value, "--json")
    (error,) = json.loads(ran.out)["errors"]
    assert (ran.code, error["code"], error["hint_command"]) == (2, "usage", hint)
    assert (home / "config.toml").read_text() == "# mine\nseed_scale = 2\n"
