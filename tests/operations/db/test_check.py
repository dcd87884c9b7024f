"""`db check` while a database does not respond. Both databases are checked in tests/live/test_setup.py."""

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


def external(folder: Path, answer: httpx.Response | None) -> Platform:
    """A platform with an external metadata database, whose API server gives this answer, or none."""

    def airflow(_: httpx.Request) -> httpx.Response:
        if not answer:
            raise httpx.ConnectError("Connection refused")
        return answer

    platform = App(folder, "db", Output()).platform_with(Settings(external_metadata_db=True))
    return replace(platform, api=api_v2(folder, airflow))


@pytest.mark.parametrize(("status", "state"), [("healthy", "ok"), ("unhealthy", "error")])
def test_airflow_reports_the_health_of_an_external_database(tmp_path: Path, status: str, state: str) -> None:
    answer = httpx.Response(200, json={"metadatabase": {"status": status}})
    metadata, _ = check.read(external(tmp_path, answer))
    assert metadata.state == state
    assert not metadata.error or "secrets/metadata-url" in metadata.error.hint.note


def test_both_databases_are_checked_without_an_api_server(tmp_path: Path) -> None:
    metadata, features = check.read(external(tmp_path, None))
    assert metadata.error and metadata.error.hint.command == ("start",)
    assert features.name == "features"
