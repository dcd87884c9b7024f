"""What the API of each recorded release can do: tests/live asks the real ones."""

import pytest

from mlopsctl.adapters.airflow.capabilities import from_openapi, series
from tests.adapters.airflow import specs

SINCE = {
    "interval_in_post": "2.10.5", "parse_file": "2.10.5", "backfills": "3.0.6", "run_after_in_post": "3.0.6",
    "order_tasks": "3.0.6", "bulk_entries": "3.0.6", "clear_on_latest_version": "3.1.8", "users_with_token": "3.1.8",
    "run_prefix_filter": "3.2.2", "backfill_replaces_conf": "3.2.2", "bulk_runs": "3.3.2", "clear_runs": "3.3.2",
}  # fmt: skip


@pytest.mark.parametrize("version", specs.VERSIONS)
def test_capabilities_of_a_release(version: str) -> None:
    position = specs.VERSIONS.index(version)
    expected = {name: position >= specs.VERSIONS.index(first) for name, first in SINCE.items()}
    assert vars(specs.capabilities(version)) == {"version": version, **expected}


def test_document_decides_and_not_the_version() -> None:
    found = from_openapi("9.0.0", specs.document("3.0.6"))
    assert not found.bulk_runs and not found.run_prefix_filter


def test_series() -> None:
    assert series("3.2.2") == (3, 2)
    assert series("2.11.0rc1") == (2, 11)
