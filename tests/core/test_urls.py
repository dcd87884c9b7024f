"""A password that is not percent-encoded is found before another server is asked."""

import pytest

from mlopsctl.core import urls


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
