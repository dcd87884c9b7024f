"""What setup links."""

from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.paths import OUR_DAGS
from mlopsctl.core.settings import Settings
from mlopsctl.operations.setup.content import LinkStep
from mlopsctl.operations.setup.request import SetupRequest


def request(home: Path, version: str, *folders: Path) -> SetupRequest:
    settings = replace(Settings(), airflow_version=version, dags=tuple(map(str, folders)))
    return SetupRequest(App(home, "setup", Output()).platform_with(settings))


@pytest.mark.parametrize("folder", [OUR_DAGS, OUR_DAGS / "basics"])
def test_airflow_2_gets_the_named_dags_without_ours(tmp_path: Path, folder: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "dag.py").touch()
    on_2 = request(tmp_path / "home", "2.11.2", folder, theirs)
    assert on_2.dags_folders == [theirs]
    assert on_2.requirement_files() == []
    assert "need Airflow 3" in LinkStep(on_2).detail()
    on_3 = request(tmp_path / "home", "3.0.6", folder, theirs)
    assert on_3.dags_folders == [folder, theirs]
    assert "need Airflow 3" not in LinkStep(on_3).detail()
