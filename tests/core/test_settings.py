import os
import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters import config_file
from mlopsctl.core import settings
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.settings import Settings


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert settings.load(tmp_path / "config.toml") == Settings()


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    mine = Settings(api_port=8090, dags=("/a b", "/한글"), seed=False, timezone="UTC")
    assert config_file.save(path, mine)
    assert settings.load(path) == mine
    assert not config_file.save(path, mine), "nothing changed"


def test_only_what_differs_from_the_defaults_is_written(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    config_file.save(path, Settings(api_port=8090))
    assert path.read_text(encoding="utf-8") == "# Settings of this mlopsctl home.\napi_port = 8090\n"
    config_file.save(path, Settings())
    assert path.read_text(encoding="utf-8") == "# Settings of this mlopsctl home.\n"


def test_saving_keeps_comments_order_and_keys_that_are_not_ours(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('# mine\nseed_scale = 2  # big\nnote = "keep"\n\n[other]\nx = 1\n', encoding="utf-8")
    config_file.save(path, settings.load(path).changed(seed_scale=3))
    assert path.read_text(encoding="utf-8") == '# mine\nseed_scale = 3  # big\nnote = "keep"\n\n[other]\nx = 1\n'


def test_a_key_that_is_new_lands_above_the_tables_that_are_not_ours(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[other]\nx = 1\n", encoding="utf-8")
    config_file.save(path, Settings(api_port=8090))
    assert settings.load(path).api_port == 8090


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"seed = true\napi_port = \n", "Invalid value (at line 2, column 12)"),
        (b"# \xb0\xa1\n", "line 1 is not UTF-8"),
        ("# 한글\n".encode() + b"admin_user = '\xb1'", "line 2 is not UTF-8"),
    ],
)
def test_a_file_that_is_not_toml_is_named_with_its_line_and_an_editor(
    tmp_path: Path, content: bytes, where: str
) -> None:
    path = tmp_path / "a home" / "config.toml"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(MlopsctlError) as caught:
        settings.load(path)
    assert caught.value.message == f"{path} cannot be read: {where}."
    # Never to remove it: with it go the ports of what runs.
    assert caught.value.hint.text() == f"${{EDITOR:-vi}} '{path}'"


def test_the_remedy_of_a_file_that_cannot_be_read_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "it's a home" / "config.toml"
    path.parent.mkdir()
    path.write_text("api_port = \n", encoding="utf-8")
    with pytest.raises(MlopsctlError) as caught:
        settings.load(path)
    opened = subprocess.run(
        ["bash", "-c", caught.value.hint.text()], env=os.environ | {"EDITOR": "cat"}, stdout=subprocess.PIPE, check=True
    )
    assert opened.stdout == b"api_port = \n"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('api_port = "many"', "setting 'api_port' must be a whole number, not 'many'."),
        ("api_port = 80.5", "setting 'api_port' must be a whole number, not 80.5."),
        ("api_port = true", "setting 'api_port' must be a whole number, not True."),
        ("api_port = []", "setting 'api_port' must be a whole number, not []."),
        ('seed = "perhaps"', "setting 'seed' must be true or false, not 'perhaps'."),
        ("seed = 1", "setting 'seed' must be true or false, not 1."),
        ("dags = 5", "setting 'dags' must be a list of words, not 5."),
        ("dags = [1]", "setting 'dags' must be a list of words, not [1]."),
        ('fills = ["my_dag"]', "'my_dag' does not say which table a DAG fills."),
        ('fills = ["a=b.c"]', "'a=b.c' does not say which table a DAG fills."),
        ('alert_email = ["ops"]', "'ops' is no mail address."),
        ('alert_smtp = "smtp://u:p@h"', "setting 'alert_smtp' must name a mail server, without a password."),
        ('alert_smtp = "relay"', "setting 'alert_smtp' must name a mail server, without a password."),
    ],
)
def test_a_value_that_does_not_fit_is_named(tmp_path: Path, line: str, sentence: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        settings.load(path)
    assert caught.value.message == sentence
    assert caught.value.hint.text() == f"${{EDITOR:-vi}} {path}", "`config set` cannot read the file either"


@pytest.mark.parametrize(
    ("key", "word", "value"),
    [
        ("api_port", "8090", 8090),
        ("seed", "False", False),
        ("dags", "/a,/b", ("/a", "/b")),
        ("dags", "", ()),
        ("alert_email", "a@x, b@x", ("a@x", "b@x")),
        ("alert_smtp", "smtps://kim@relay:465", "smtps://kim@relay:465"),
        ("alert_smtp", "", ""),
        ("timezone", "UTC", "UTC"),
    ],
)
def test_words_of_the_command_line_become_the_settings_type(key: str, word: str, value: Any) -> None:
    assert settings.parse(key, word) == value


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no setting 'colour'"):
        settings.parse("colour", "red")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),  # noqa: S104
        ("::1", "http://[::1]:8080"),
        ("::", "http://127.0.0.1:8080"),
    ],
)
def test_the_address_is_one_that_a_client_can_use(host: str, url: str) -> None:
    assert Settings(api_host=host).api_url == url


def test_changed_leaves_out_what_was_not_said() -> None:
    assert Settings().changed(api_port=None, seed=False) == Settings(seed=False)


def test_nothing_secret_is_a_setting() -> None:
    assert not [
        f.name
        for f in fields(Settings)
        if any(word in f.name for word in ("password", "secret", "token", "key", "url"))
    ]


def test_a_dag_fills_the_table_that_the_file_names_and_ours_are_known() -> None:
    assert Settings().filled_by("data_extract_pipeline") == ("mlops.ineligible_loan_model_features", "base_dt")
    assert Settings().filled_by("ineligible_loan_model") == ("mlops.ineligible_loan_model_result", "base_dt")
    assert Settings().filled_by("mine") is None
    mine = Settings(fills=("mine=warehouse.runs.day", "data_extract_pipeline=mlops.other.base_dt"))
    assert mine.filled_by("mine") == ("warehouse.runs", "day")
    assert mine.filled_by("data_extract_pipeline") == ("mlops.other", "base_dt")
    assert Settings(fills=("mine=warehouse.runs.day",)).filled_by("data_extract_pipeline") is not None


def test_the_ways_on_which_failures_are_told() -> None:
    assert Settings().alerts == ()
    assert Settings(alert_email=("a@x",)).alerts == ("email",)
    assert Settings(alert_email=("a@x",), alert_webhook=True).alerts == ("email", "webhook")
