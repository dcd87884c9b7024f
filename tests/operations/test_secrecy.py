"""What is hidden: by name, as Airflow does, and the account of an address."""

import pytest

from mlopsctl.operations import secrecy


@pytest.mark.parametrize("name", ["DB_PASSWORD", "slack-token", "my secret", "Api.Key", "dsn", "OPENAI_API_KEY"])
def test_names_of_secrets(name: str) -> None:
    assert secrecy.named(name)
    assert secrecy.masked("x", name) == "***" and secrecy.left("x", name) is None and secrecy.holds("x", name)
    assert not secrecy.holds("", name), "nothing is no secret"


@pytest.mark.parametrize("name", ["MODEL_DIR", "passage", "비밀", "host", "key"])
def test_names_of_others(name: str) -> None:
    assert not secrecy.named(name)
    assert secrecy.masked("x", name) == secrecy.left("x", name) == "x"


def test_the_account_of_an_address_is_hidden_wherever_it_stands() -> None:
    value = {"a": ["see mysql://kim:hunter2@db:3306/x", "http://host/path@2"], "n": 5}
    assert secrecy.masked(value) == {"a": ["see mysql://***@db:3306/x", "http://host/path@2"], "n": 5}
    assert secrecy.left(value) == {"n": 5}


def test_all_that_lies_under_a_secrets_name_is_secret() -> None:
    value = {"timeout": 10, "keyfile_dict": {"id": 7, "empty": ""}, "nested": {"token": "t", "ok": None}}
    assert secrecy.masked(value) == {
        "timeout": 10, "keyfile_dict": {"id": "***", "empty": ""}, "nested": {"token": "***", "ok": None},
    }  # fmt: skip
    assert secrecy.left(value) == {"timeout": 10, "keyfile_dict": {"empty": ""}, "nested": {"ok": None}}


def test_what_is_lost_is_what_is_secret_and_missing_in_another() -> None:
    held = {"token": "***", "n": 1, "deep": {"secret": "s", "ok": 1}, "url": "http://u:p@h", "none": None}
    assert secrecy.lost(held, {}) == ["token", "deep", "url"]
    assert secrecy.lost(held, {"token": None, "deep": {"ok": 2}, "url": "http://h"}) == ["token", "secret"]
    assert secrecy.lost(held, held) == [] == secrecy.lost({"n": 1}, {})


def test_what_airflow_has_masked_is_never_taken_for_a_value() -> None:
    assert secrecy.left({"webhook": "***", "mode": "a ***", "n": 1}) == {"n": 1}
    assert secrecy.left({"webhook": "***"}) is None
    assert secrecy.left({}) == {}
