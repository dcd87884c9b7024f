"""The search for a Python that runs the managed Airflow."""

import sys
from pathlib import Path

import pytest

from mlopsctl.adapters import python_finder
from mlopsctl.core.errors import MlopsctlError

OURS = python_finder.OUR_VERSION


def refused(requested: str, supported: tuple[str, ...]) -> MlopsctlError:
    with pytest.raises(MlopsctlError) as caught:
        python_finder.find(requested, "2.7.2", supported)
    return caught.value


def test_ours_is_used_if_airflow_supports_it() -> None:
    path, version = python_finder.find("", "3.3.2", (OURS, "3.99"))
    assert Path(path).exists() and version == OURS


def test_the_newest_supported_on_this_machine_is_used_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = {"3.97": "/opt/python3.97", "3.98": "/opt/python3.98", "3.99": ""}
    monkeypatch.setattr(python_finder, "_find", paths.__getitem__)
    assert python_finder.find("", "3.3.2", ("3.97", "3.98", "3.99")) == ("/opt/python3.98", "3.98")


def test_an_error_names_the_supported_versions_and_where_they_were_looked_for() -> None:
    error = refused("", ("3.98", "3.99"))
    assert "3.98 or 3.99" in error.message and "python3.98, python3.99" in error.message


def test_a_requested_python_that_airflow_does_not_support() -> None:
    error = refused(sys.executable, ("3.98", "3.99"))
    assert f"not on {OURS}" in error.message and error.hint.command == (
        "setup",
        "--airflow-version",
        "2.7.2",
        "--python",
        "3.99",
    )


def test_a_requested_python_that_airflow_does_not_support_need_not_exist() -> None:
    assert "not on 3.97" in refused("3.97", ("3.98", "3.99")).message


def test_a_requested_python_that_does_not_exist() -> None:
    assert "no Python 3.99" in refused("3.99", (OURS, "3.99")).message
