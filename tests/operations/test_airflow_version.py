"""Which Airflow versions can be installed, and what is suggested for those that cannot."""

import pytest

from mlopsctl.adapters.airflow.release import RELEASES
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.settings import AIRFLOW_VERSION
from mlopsctl.operations import airflow_version


def refused(version: str) -> MlopsctlError:
    with pytest.raises(MlopsctlError) as caught:
        airflow_version.check(version, "setup", offline=True)
    assert caught.value.code == "unknown-version"
    return caught.value


@pytest.fixture(autouse=True)
def _index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(airflow_version, "is_released", lambda version, offline: version == "3.3.50")


@pytest.mark.parametrize("version", [AIRFLOW_VERSION, *RELEASES[0].versions, "3.3.50"])
def test_known_releases_and_newer_patches_in_the_index_are_accepted(version: str) -> None:
    airflow_version.check(version, "setup", offline=False)


@pytest.mark.parametrize(
    ("version", "suggested"),
    [
        ("latest", "3.3.2"), ("", "3.3.2"), ("3", "3.3.2"), ("4.0.0", "3.3.2"), ("3.3", "3.3.2"), ("3.3.2rc1", "3.3.2"),
        ("3.3.51", "3.3.2"), ("3.1", "3.1.8"), ("3.0.5", "3.0.6"), ("3.99.0", "3.3.2"), ("v3.1.8", "3.3.2"),
    ],
)  # fmt: skip
def test_others_are_refused_with_the_nearest_release(version: str, suggested: str) -> None:
    error = refused(version)
    assert error.hint.command == ("setup", "--airflow-version", suggested)
    assert suggested in error.message


def test_the_default_is_a_known_release() -> None:
    assert AIRFLOW_VERSION in RELEASES[-1].versions
