from pathlib import Path

import pytest

from mlopsctl.adapters import config_file
from mlopsctl.operations.platform import Platform
from tests.operations.workers.conftest import _without_system_software, platform

__all__ = ["_without_system_software", "platform"]


@pytest.fixture
def home(platform: Platform) -> Path:
    """Of a head whose services do not run."""
    config_file.save(platform.home.config, platform.settings)
    return platform.home.root
