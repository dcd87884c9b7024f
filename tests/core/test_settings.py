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


def test_defaults_without_a_file(tmp_path: Path) -> None:
    assert settings.load(tmp_path / "config.toml") == Settings()


def test_saved_settings_can_be_loaded(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    mine = Settings(api_port=8090, dags=("/a b", "/한글"), seed=False, timezone="UTC")
    assert config_file.save(path, mine)
    assert settings.load(path) == mine
    assert not config_file.save(path, mine), "nothing changed"


def test_only_changed_settings_are_saved(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    config_file.save(path, Settings(api_port=8090))
    assert path.read_text(encoding="utf-8") == "# Settings of this mlopsctl home.\napi_port = 8090\n"
    config_file.save(path, Settings())
    assert path.read_text(encoding="utf-8") == "# Settings of this mlopsctl home.\n"


def test_save_keeps_comments_order_and_unknown_keys(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('# mine\nseed_scale = 2  # big\nnote = "keep"\n\n[other]\nx = 1\n', encoding="utf-8")
    config_file.save(path, settings.load(path).changed(seed_scale=3))
    assert path.read_text(encoding="utf-8") == '# mine\nseed_scale = 3  # big\nnote = "keep"\n\n[other]\nx = 1\n'


def test_new_setting_is_saved_above_unknown_tables(tmp_path: Path) -> None:
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
def test_invalid_toml_is_named_with_its_line_and_an_editor(tmp_path: Path, content: bytes, where: str) -> None:
    path = tmp_path / "a home" / "config.toml"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(MlopsctlError) as caught:
        settings.load(path)
    assert caught.value.message == f"{path} cannot be read: {where}."
    # Never to delete it: the ports of the running services would be lost.
    assert caught.value.hint.text() == f"${{EDITOR:-vi}} '{path}'"


def test_hint_for_an_invalid_file_opens_it(tmp_path: Path) -> None:
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
        ("dags = 5", "setting 'dags' must be a list of strings, not 5."),
        ("dags = [1]", "setting 'dags' must be a list of strings, not [1]."),
        ('fills = ["my_dag"]', "'my_dag' is not a DAG with its output table and date column."),
        ('fills = ["a=b.c"]', "'a=b.c' is not a DAG with its output table and date column."),
        ('alert_email = ["ops"]', "'ops' is not an email address."),
        ('preload = ["1st"]', "'1st' is not auto, off or a module."),
        ('preload = ["auto", "off"]', "'off' cannot be combined with other entries."),
        ('preload = ["-torch"]', "'-torch' only leaves a module out."),
        ('alert_smtp = "smtp://u:p@h"', "setting 'alert_smtp' must name a mail server, without a password."),
        ('alert_smtp = "relay"', "setting 'alert_smtp' must name a mail server, without a password."),
    ],
)
def test_invalid_value_is_named(tmp_path: Path, line: str, sentence: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        settings.load(path)
    assert caught.value.message == sentence
    assert caught.value.hint.text() == f"${{EDITOR:-vi}} {path}", "`config set` could not read the file either"


@pytest.mark.parametrize(
    ("key", "text", "value"),
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
def test_parse_converts_to_the_type_of_the_setting(key: str, text: str, value: Any) -> None:
    assert settings.parse(key, text) == value


def test_unknown_setting() -> None:
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
def test_api_url_can_be_used_by_a_client(host: str, url: str) -> None:
    assert Settings(api_host=host).api_url == url


def test_changed_ignores_none() -> None:
    assert Settings().changed(api_port=None, seed=False) == Settings(seed=False)


def test_no_setting_is_secret() -> None:
    assert not [
        f.name
        for f in fields(Settings)
        if any(part in f.name for part in ("password", "secret", "token", "key", "url"))
    ]


def test_output_table_of_a_dag() -> None:
    assert Settings().output_table("data_extract_pipeline") == ("mlops.ineligible_loan_model_features", "base_dt")
    assert Settings().output_table("ineligible_loan_model") == ("mlops.ineligible_loan_model_result", "base_dt")
    assert Settings().output_table("mine") is None
    mine = Settings(fills=("mine=warehouse.runs.day", "data_extract_pipeline=mlops.other.base_dt"))
    assert mine.output_table("mine") == ("warehouse.runs", "day")
    assert mine.output_table("data_extract_pipeline") == ("mlops.other", "base_dt")
    assert Settings(fills=("mine=warehouse.runs.day",)).output_table("data_extract_pipeline") is not None


def test_alerts() -> None:
    assert Settings().alerts == ()
    assert Settings(alert_email=("a@x",)).alerts == ("email",)
    assert Settings(alert_email=("a@x",), alert_webhook=True).alerts == ("email", "webhook")


@pytest.mark.parametrize(("key", "value"), [("executor", "kubernetes"), ("listen", "[::]"), ("redis_port", "0")])
def test_settings_of_workers_are_checked(key: str, value: str) -> None:
    with pytest.raises(UsageError):
        settings.parse(key, value)


def test_only_a_platform_with_workers_listens() -> None:
    local = Settings(listen="10.0.0.5")
    assert (local.has_workers, local.listen_address) == (False, None)
    assert Settings(executor="celery").listen_address is None
    assert Settings(executor="celery", listen="10.0.0.5").listen_address == ("10.0.0.5", 8443)
