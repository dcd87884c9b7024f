"""The home that the first step of setup creates."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core import settings as settings_file
from mlopsctl.core.settings import Settings
from mlopsctl.operations.setup import preflight
from mlopsctl.operations.setup.request import SetupRequest
from mlopsctl.operations.setup.system_check import SystemCheck


def check(home: Path, settings: Settings) -> SystemCheck:
    return SystemCheck(SetupRequest(App(home, "setup", Output()).platform_with(settings)))


def test_settings_of_the_installation_are_saved_by_the_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "check", lambda _: None)
    wanted = replace(Settings(), timezone="UTC", airflow_version="3.99.0")
    list(check(tmp_path / "home", wanted).do())
    saved = settings_file.load(tmp_path / "home/config.toml")
    assert (saved.timezone, saved.airflow_version) == ("UTC", Settings().airflow_version)
    assert stat.S_IMODE((tmp_path / "home/secrets").stat().st_mode) == 0o700
    assert check(tmp_path / "home", saved).todo() == ""


def test_replaced_ports_are_reported(tmp_path: Path) -> None:
    request = replace(check(tmp_path, Settings()).request, wanted_settings=Settings(api_port=1))
    assert "port 1 is in use: API uses 8080" in SystemCheck(request).detail()
