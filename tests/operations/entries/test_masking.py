"""What is hidden: by name, as Airflow does, and the account of an address."""

import pytest

from mlopsctl.operations.entries import masking


@pytest.mark.parametrize("name", ["DB_PASSWORD", "slack-token", "my secret", "Api.Key", "dsn", "OPENAI_API_KEY"])
def test_names_of_secrets(name: str) -> None:
    assert masking.named(name)
    assert masking.masked("x", name) == "***" and masking.left("x", name) is None and masking.holds("x", name)
    assert not masking.holds("", name), "nothing is no secret"


@pytest.mark.parametrize("name", ["MODEL_DIR", "passage", "비밀", "host", "key"])
def test_names_of_others(name: str) -> None:
    assert not masking.named(name)
    assert masking.masked("x", name) == masking.left("x", name) == "x"


def test_the_account_of_an_address_is_hidden_wherever_it_stands() -> None:
    value = {"a": ["see mysql://kim:hunter2@db:3306/x", "http://host/path@2"], "n": 5}
    assert masking.masked(value) == {"a": ["see mysql://***@db:3306/x", "http://host/path@2"], "n": 5}
    assert masking.left(value) == {"n": 5}


def test_all_that_lies_under_a_secrets_name_is_secret() -> None:
    value = {"timeout": 10, "keyfile_dict": {"id": 7, "empty": ""}, "nested": {"token": "t", "ok": None}}
    assert masking.masked(value) == {
        "timeout": 10, "keyfile_dict": {"id": "***", "empty": ""}, "nested": {"token": "***", "ok": None},
    }  # fmt: skip
    assert masking.left(value) == {"timeout": 10, "keyfile_dict": {"empty": ""}, "nested": {"ok": None}}


def test_what_is_lost_is_what_is_secret_and_missing_in_another() -> None:
    held = {"token": "***", "n": 1, "deep": {"secret": "s", "ok": 1}, "url": "http://u:p@h", "none": None}
    assert masking.lost(held, {}) == ["token", "deep", "url"]
    assert masking.lost(held, {"token": None, "deep": {"ok": 2}, "url": "http://h"}) == ["token", "secret"]
    assert masking.lost(held, held) == [] == masking.lost({"n": 1}, {})


def test_what_airflow_has_masked_is_never_taken_for_a_value() -> None:
    assert masking.left({"webhook": "***", "mode": "a ***", "n": 1}) == {"n": 1}
    assert masking.left({"webhook": "***"}) is None
    assert masking.left({}) == {}
