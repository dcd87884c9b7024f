"""A password that is not percent-encoded is found before another server is asked."""

import pytest

from mlopsctl.core import urls
from mlopsctl.core.errors import UsageError


@pytest.mark.parametrize(
    ("url", "character"),
    [
        ("mysql://user:p@s@127.0.0.1:3306/mlops", "@"),
        ("mysql://user:p#s@127.0.0.1:3306/mlops", "#"),
        ("mysql://user:p/w@127.0.0.1:3306/mlops", "/"),
        ("mysql://user:p?w@127.0.0.1:3306/mlops", "?"),
        ("mysql://user:p@s#s/w@127.0.0.1:3306/mlops", "#"),
        ("postgresql://user:p@s/w@127.0.0.1/mlops", "/"),
        ("https://user:p/w@example.com", "/"),
    ],
)
def test_an_unencoded_character_in_the_login_is_named(url: str, character: str) -> None:
    problem = urls.problem(url)
    assert f" {character}," in problem and "127" not in problem


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user:p%40s%23s%2Fw@127.0.0.1:3306/mlops",
        "postgresql+psycopg2://u:p@/airflow?host=%2Frun%2Fpg&mail=a@b",
        "sqlite:////tmp/airflow.db",
        "http://example.com:8080/a@b",
        "http://example.com/a@b",
        "https://u:p@example.com/a@b",
        "file:///tmp/a@b",
        "not a url",
        "",
    ],
)
def test_other_urls_are_accepted(url: str) -> None:
    assert urls.problem(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:/user:secret@127.0.0.1/airflow",
        "postgresql://user:secret/airflow",  # without a host: the password is where the port would be
        "postgresql://user:secret@127.0.0.1:99999/airflow",
        "postgresql://user:secret@127.0.0.1:0/airflow",
        "postgresql://user:secret@:/airflow",
        "postgresql://user:secret@[::1/airflow",
    ],
)
def test_an_address_that_cannot_be_read_is_refused_without_the_password(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        urls.check_address(url, "--metadata-db", "postgresql://user@host/airflow")
    assert "secret" not in caught.value.message and caught.value.hint.note == "postgresql://user@host/airflow"


@pytest.mark.parametrize("url", ["postgresql://u@/airflow?host=%2Frun%2Fpg", "mysql://u:p@[::1]:3306/mlops"])
def test_a_valid_address_is_accepted(url: str) -> None:
    urls.check_address(url, "URL", "")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.0.0.5", ("10.0.0.5", 8443)),
        ("10.0.0.5:9000", ("10.0.0.5", 9000)),
        ("[fd00::5]:9000", ("fd00::5", 9000)),
        ("fd00::5", ("fd00::5", 8443)),
        ("head.example.com", ("head.example.com", 8443)),
    ],
)
def test_an_address_to_listen_on(text: str, address: tuple[str, int]) -> None:
    assert urls.parse_listen(text) == address


@pytest.mark.parametrize(
    "text", ["", ":80", "a b", "h:0", "h:99999", "h:x", "u@h", "h/x", "h?x", "[x", "https://h", "::", "[::]:1"]
)
def test_what_other_machines_cannot_reach_is_no_address(text: str) -> None:
    with pytest.raises(UsageError):
        urls.parse_listen(text)
