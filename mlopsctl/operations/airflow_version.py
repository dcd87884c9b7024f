"""Which Airflow versions setup and upgrade accept."""

import re

from mlopsctl.adapters.airflow.release import RELEASES, Release
from mlopsctl.adapters.constraints import is_released
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint

SHOWN = 3  # how many releases an error names


def check(version: str, command: str, *, offline: bool) -> None:
    """Raises MlopsctlError unless the version can be installed. `command`: the one that the user typed.

    Only a patch release that is newer than this mlopsctl is looked up in the package index.
    """
    found = re.fullmatch(r"(\d+\.\d+)\.(\d+)", version)
    series = next((release for release in RELEASES if found and release.series == found[1]), None)
    if not found or not series:
        raise _unsupported(version, command)
    if version in series.versions or (int(found[2]) > series.patches[-1] and is_released(version, offline=offline)):
        return
    nearest = series.versions[-SHOWN:]
    raise _unknown(f"there is no Airflow {version}. The latest releases of {series.series}: {', '.join(nearest)}.",
                   nearest[-1], command)  # fmt: skip


def _unsupported(version: str, command: str) -> MlopsctlError:
    if series := next((release for release in RELEASES if release.series == version), None):
        latest = series.versions[-SHOWN:]
        message = f"{version} is a series of Airflow, not a release. Its latest releases: {', '.join(latest)}."
        return _unknown(message, latest[-1], command)
    older, newer = _neighbours(version)
    names = ", ".join(release.versions[-1] for release in [*older[-2:], *newer[:1]])
    message = f"mlopsctl does not support Airflow {version!r}. The nearest releases that it supports: {names}."
    return _unknown(message, (older[-1] if older else newer[0]).versions[-1], command)


def _neighbours(version: str) -> tuple[list[Release], list[Release]]:
    """The series up to a version, and those after it. All series are older than something that is not a version; `3`
    counts as the latest 3.x."""
    if not re.match(r"\d", version):
        return list(RELEASES), []
    typed = tuple(map(int, [*re.findall(r"\d+", version), "99"][:2]))
    older = [release for release in RELEASES if tuple(map(int, release.series.split("."))) <= typed]
    return older, list(RELEASES[len(older) :])


def _unknown(message: str, nearest: str, command: str) -> MlopsctlError:
    return MlopsctlError(message, hint=Hint.of(command, "--airflow-version", nearest), code="unknown-version")
