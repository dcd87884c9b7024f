"""What the checked files run on."""

import sys
from dataclasses import dataclass

from mlopsctl.adapters.airflow.release import RELEASES
from mlopsctl.core.errors import UsageError

RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"  # files are parsed by this Python
PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")  # of Airflow 2.7 and later


@dataclass(frozen=True)
class Target:
    """`python`: its version, as `3.12`. `airflow2`: whether it is Airflow 2, so that code of Airflow 2 is right."""

    python: str = RUNNING
    airflow2: bool = False


DEFAULT_TARGET = Target()


def read(airflow_version: str, python: str) -> Target:
    """`airflow_version`: also a series, such as `2.11` or `2`. Raises UsageError if one of the versions is unknown."""
    known = {release.series: release.is_airflow2 for release in RELEASES}
    known |= {series.partition(".")[0]: is_airflow2 for series, is_airflow2 in known.items()}
    series = ".".join(airflow_version.split(".")[:2])
    if series not in known:
        raise UsageError(f"mlopsctl does not know Airflow {airflow_version!r}.", hint=f"one of {', '.join(known)}")
    if python not in PYTHONS:
        raise UsageError(f"no Airflow runs on Python {python!r}.", hint=f"one of {', '.join(PYTHONS)}")
    return Target(python, known[series])
