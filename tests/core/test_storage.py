"""URLs of storages."""

from pathlib import Path

import pytest

from mlopsctl.core import storage
from mlopsctl.core.errors import UsageError
from mlopsctl.core.paths import Home


@pytest.mark.parametrize(
    ("url", "parsed"),
    [
        ("file:///mnt/shared/", "file:///mnt/shared"),
        ("file:///mnt/공유 1", "file:///mnt/공유 1"),
        ("s3://bucket", "s3://bucket"),
        ("s3://my.bucket/ml/v1/", "s3://my.bucket/ml/v1"),
        ("s3://aws_default@bucket/ml", "s3://aws_default@bucket/ml"),
    ],
)
def test_valid_urls(url: str, parsed: str) -> None:
    assert storage.parse(url) == parsed


@pytest.mark.parametrize(
    "url",
    [
        "/mnt/shared", "file://", "file:///", "file://host/share", "file:///mnt/../etc", "file:///mnt/100%", "file:///a\nb",
        "s3://", "s3:///prefix", "s3://a b", "s3://bucket?x=1", "gs://bucket", "http://x/", "shared",
    ],
)  # fmt: skip
def test_other_urls_are_refused_with_an_example(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        storage.parse(url)
    assert caught.value.hint.command == ("setup", "--storage", "file:///mnt/shared")


def test_a_key_in_a_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="has a key in it") as caught:
        storage.parse("s3://KEYID:secret@bucket/p")
    assert "secret" not in caught.value.message


def test_files_are_in_the_home_unless_there_is_a_storage() -> None:
    home = Home(Path("/h"))
    assert storage.locations(home, "") == storage.Locations(
        "file:///h/airflow/xcom", "file:///h/models", "file:///h/data"
    )
    assert storage.locations(home, "s3://b/p").models == "s3://b/p/models"


def test_a_connection_can_be_part_of_an_address() -> None:
    assert [storage.connection(url) for url in ("s3://c@b/p", "s3://b/p", "file:///a@b")] == ["c", "", ""]
