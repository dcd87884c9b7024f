"""Secrets are recognized by their names, as Airflow does, and as logins in URLs."""

import pytest

from mlopsctl.operations.entries.masking import contains_secret, is_secret_name, mask, missing_secrets, strip_secrets


@pytest.mark.parametrize("name", ["DB_PASSWORD", "slack-token", "my secret", "Api.Key", "dsn", "OPENAI_API_KEY"])
def test_secret_names(name: str) -> None:
    assert is_secret_name(name)
    assert mask("x", name) == "***" and strip_secrets("x", name) is None and contains_secret("x", name)
    assert not contains_secret("", name), "an empty value is not a secret"


@pytest.mark.parametrize("name", ["MODEL_DIR", "passage", "비밀", "host", "key"])
def test_other_names(name: str) -> None:
    assert not is_secret_name(name)
    assert mask("x", name) == strip_secrets("x", name) == "x"


def test_the_login_of_a_url_is_masked_at_any_depth() -> None:
    value = {"a": ["see mysql://kim:hunter2@db:3306/x", "http://host/path@2"], "n": 5}
    assert mask(value) == {"a": ["see mysql://***@db:3306/x", "http://host/path@2"], "n": 5}
    assert strip_secrets(value) == {"n": 5}


def test_everything_below_a_secret_name_is_masked() -> None:
    value = {"timeout": 10, "keyfile_dict": {"id": 7, "empty": ""}, "nested": {"token": "t", "ok": None}}
    assert mask(value) == {
        "timeout": 10, "keyfile_dict": {"id": "***", "empty": ""}, "nested": {"token": "***", "ok": None},
    }  # fmt: skip
    assert strip_secrets(value) == {"timeout": 10, "keyfile_dict": {"empty": ""}, "nested": {"ok": None}}


def test_missing_secrets_are_named() -> None:
    old = {"token": "***", "n": 1, "deep": {"secret": "s", "ok": 1}, "url": "http://u:p@h", "none": None}
    assert missing_secrets(old, {}) == ["token", "deep", "url"]
    assert missing_secrets(old, {"token": None, "deep": {"ok": 2}, "url": "http://h"}) == ["token", "secret"]
    assert missing_secrets(old, old) == [] == missing_secrets({"n": 1}, {})


def test_values_that_airflow_has_masked_are_stripped() -> None:
    assert strip_secrets({"webhook": "***", "mode": "a ***", "n": 1}) == {"n": 1}
    assert strip_secrets({"webhook": "***"}) is None
    assert strip_secrets({}) == {}
