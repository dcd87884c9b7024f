"""The system's packages, and the Python that runs Airflow."""

import shlex
from collections.abc import Iterator

from mlopsctl.adapters import process
from mlopsctl.adapters.constraints import bundled_pythons
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import Verdict
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import DoctorContext
from mlopsctl.operations.setup.request import SetupRequest
from mlopsctl.operations.setup.system_requirements import missing_packages


def check_packages(context: DoctorContext) -> Iterator[Finding]:
    missing = missing_packages(SetupRequest(context.desired))
    missing += [] if process.find_program("setpriv") else ["util-linux"]
    if missing:
        install = ["sudo", "apt-get", "install", "-y", "--no-install-recommends", *missing]
        yield Finding(f"system packages are missing: {', '.join(missing)}.", Hint(line=shlex.join(install)))


def check_python(context: DoctorContext) -> Iterator[Finding]:
    platform = context.desired
    settings = platform.settings
    if platform.venv.record() and not settings.python:
        return  # the check `venv` finds out whether it still runs
    _, version = SetupRequest(platform).find_python()  # raises MlopsctlError if it is unsuitable
    bundled = bundled_pythons(settings.airflow_version)
    cached = any(context.home.cache.glob(f"constraints-{settings.airflow_version}-{version}.*"))
    if settings.constraints == "auto" and version not in bundled and not cached:
        yield Finding(
            f"there is no bundled constraint file for Airflow {settings.airflow_version} on Python {version}; "
            "setup needs the network to compute one.",
            Hint.of("setup", *(("--python", bundled[-1]) if bundled else ()), note="needs the network" * (not bundled)),
            Verdict.WARNING,
        )


CHECKS = (
    Check(
        "packages", Group.MACHINE, "Databases and compilers come from the system; setup cannot install them.",
        check_packages,
    ),
    Check("python", Group.MACHINE, "Each Airflow release supports only some versions of Python.", check_python),
)  # fmt: skip
