"""The settings that the options of `setup` change."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.cli._common.database_url import database_url
from mlopsctl.cli.setup.options import SetupOptions, changed_settings
from mlopsctl.core.errors import UsageError


def options(**given: Any) -> SetupOptions:
    """As click passes them: flags are False, repeated options empty, others None."""
    defaults = dict.fromkeys((f.name for f in fields(SetupOptions)), None)
    return SetupOptions(**{**defaults, "offline": False, "no_seed": False, "no_start": False, "dags": (), **given})


def changed(**given: Any) -> dict[str, Any]:
    return {k: v for k, v in changed_settings(options(**given), "Asia/Seoul").items() if v is not None}


def test_options_that_are_not_given_change_nothing() -> None:
    assert changed() == {}


def test_paths_become_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    given = changed(dags=(Path("a"), Path("/b")), requirements=Path("r.txt"))
    assert given == {"dags": (f"{tmp_path}/a", "/b"), "requirements": f"{tmp_path}/r.txt"}


def test_options_of_the_exam_data_switch_them_on_again() -> None:
    assert changed(seed_to="2024-02") == {"seed_to": "2024-02-29", "seed": True}
    assert changed(no_seed=True) == {"seed": False}
    assert changed(no_seed=True, seed_scale=2) == {"seed": False, "seed_scale": 2}


def test_a_range_of_exam_data_that_is_backwards_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="--seed-from 2025-01-01 is after --seed-to 2024-01-01"):
        changed(seed_from="2025-01-01", seed_to="2024-01-01")


def test_a_database_url_with_a_password_must_be_in_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "mysql://mlops:secret@db/mlops"
    with pytest.raises(UsageError, match="contains a password") as caught:
        database_url(url, "--feature-store")
    assert "secret" not in caught.value.message
    assert "MLOPSCTL_SETUP_FEATURE_STORE" in caught.value.hint.note
    monkeypatch.setenv("MLOPSCTL_SETUP_FEATURE_STORE", url)
    assert database_url(url, "--feature-store") == url
    assert database_url("mysql://db/mlops", "--feature-store") == "mysql://db/mlops"
    assert database_url(None, "--feature-store") == ""
