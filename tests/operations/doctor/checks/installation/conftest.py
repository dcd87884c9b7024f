from collections.abc import Callable
from pathlib import Path

import pytest

from mlopsctl.adapters.venv import InstallRecord
from tests.operations.doctor.contexts import doctor_context, make_home

Install = Callable[[Path, str], Path]


@pytest.fixture
def install() -> Install:
    """Creates a home whose venv has only a record, which names the constraints, and a Python that does not run."""

    def _install(home: Path, constraints: str) -> Path:
        make_home(home)
        (home / "venv/bin").mkdir(parents=True)
        (home / "venv/bin/python").touch()
        (home / "venv/lib/python3.11/site-packages").mkdir(parents=True)
        doctor_context(home).platform.venv.write_record(InstallRecord("3.3.2", "3.11", constraints, ""))
        return home

    return _install
