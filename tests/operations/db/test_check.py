"""What `db check` says where a database is away. Both are asked in tests/live/test_setup.py."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.settings import Settings
from mlopsctl.operations.db import check
from mlopsctl.operations.platform import Platform
from tests.fake_api import api_v2


def elsewhere(folder: Path, answer: httpx.Response | None) -> Platform:
    """One whose metadata are in a database of the user's, and whose Airflow says this of it."""

    def airflow(_: httpx.Request) -> httpx.Response:
        if not answer:
            raise httpx.ConnectError("Connection refused")
        return answer

    platform = App(folder, "db", Output()).platform_with(Settings(external_metadata_db=True))
    return replace(platform, api=api_v2(folder, airflow))


@pytest.mark.parametrize(
    ("status", "state", "detail"),
    [
        ("healthy", "ok", "a database elsewhere"),
        ("unhealthy", "error", "Airflow does not reach its metadata database."),
    ],
)
def test_a_database_elsewhere_is_seen_through_airflow(tmp_path: Path, status: str, state: str, detail: str) -> None:
    answer = httpx.Response(200, json={"metadatabase": {"status": status}})
    metadata, _ = check.read(elsewhere(tmp_path, answer))
    assert (metadata.state, metadata.detail) == (state, detail)
    assert not metadata.error or metadata.error.hint.text().startswith("start it where it runs: ")


def test_where_airflow_is_away_too_the_feature_store_is_still_told(tmp_path: Path) -> None:
    metadata, features = check.read(elsewhere(tmp_path, None))
    assert metadata.error and metadata.error.hint.text() == "mlopsctl start"
    assert features.name == "features"
