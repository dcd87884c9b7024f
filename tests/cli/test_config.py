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


def test_a_setting_is_set_and_a_comment_stays(cli: Cli, home: Path) -> None:
    ran = cli("--home", home, "config", "set", "seed_scale", "3")
    assert (ran.code, ran.err) == (0, f"seed_scale = 3; put it into effect: mlopsctl --home {home} setup\n")
    assert (home / "config.toml").read_text() == "# mine\nseed_scale = 3\n"


def test_which_tables_dags_fill_holds_at_once(cli: Cli, home: Path) -> None:
    ran = cli("--home", home, "config", "set", "fills", "mine=mlops.t.base_dt")
    assert (ran.code, ran.err) == (0, "fills = mine=mlops.t.base_dt\n")
    assert json.loads(cli("--home", home, "config", "show", "--json").out)["data"]["settings"]["fills"] == [
        "mine=mlops.t.base_dt"
    ]


@pytest.mark.parametrize(("value", "changed", "words"), [("3", True, "would be 3"), ("2", False, "was 2 already")])
def test_a_dry_run_touches_nothing(cli: Cli, home: Path, value: str, changed: bool, words: str) -> None:
    before = sorted(home.rglob("*"))
    ran = cli("--home", home, "config", "set", "seed_scale", value, "--dry-run", "--json")
    answer = json.loads(ran.out)
    assert (ran.code, ran.err) == (0, f"seed_scale {words}\n")
    assert (answer["status"], answer["data"]) == (
        "planned", {"key": "seed_scale", "value": value, "changed": changed},
    )  # fmt: skip
    assert sorted(home.rglob("*")) == before
    assert (home / "config.toml").read_text() == "# mine\nseed_scale = 2\n"


def test_a_dry_run_refuses_what_would_be_refused(cli: Cli, home: Path) -> None:
    ran = cli("--home", home, "config", "set", "seed_scale", "many", "--dry-run")
    assert (ran.code, ran.err.splitlines()[0]) == (
        2, "error: setting 'seed_scale' must be a whole number, not 'many'.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "remedy"),
    [
        ("airflow_version", "3.3.1", "upgrade --airflow-version 3.3.1"),
        ("external_metadata_db", "true", "setup --metadata-db URL   # or --feature-store"),
        ("alert_email", "a@example.com", "setup --alert-email"),
    ],
)
def test_what_is_more_than_a_setting_is_set_by_its_own_command(
    cli: Cli, home: Path, key: str, value: str, remedy: str
) -> None:
    ran = cli("--home", home, "config", "set", key, value)
    assert (ran.code, ran.err) == (
        2, f"error: {key} is not set by hand.\nhint: mlopsctl --home {home} {remedy}\n",
    )  # fmt: skip
    assert (home / "config.toml").read_text() == "# mine\nseed_scale = 2\n"
