"""Environment variables that override airflow.cfg."""

import os
from collections.abc import Iterator
from pathlib import Path

from mlopsctl.core.hint import Hint
from mlopsctl.core.states import Verdict
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import DoctorContext

PREFIX = "AIRFLOW__"


def check_environment(context: DoctorContext) -> Iterator[Finding]:
    if names := sorted(name for name in os.environ if name.startswith(PREFIX)):
        message = f"your shell sets {', '.join(names)}: this overrides airflow.cfg whenever you run Airflow yourself."
        yield Finding(message, Hint(line=f"unset {' '.join(names)}"), Verdict.WARNING)
    airflow_home = os.environ.get("AIRFLOW_HOME")
    if airflow_home and Path(airflow_home) != context.home.airflow:
        hint = Hint(line="unset AIRFLOW_HOME", note="or evaluate the output of:", other=("env",))
        message = f"your shell sets AIRFLOW_HOME to {airflow_home}: an Airflow that you run yourself uses that home."
        yield Finding(message, hint, Verdict.WARNING)
    if names := sorted(name for name in _services_environment(context) if name.startswith(PREFIX)):
        message = f"the services run with {', '.join(names)}: this overrides airflow.cfg."
        yield Finding(message, Hint.of("stop").followed_by("start"))


def _services_environment(context: DoctorContext) -> dict[str, str]:
    """The environment of supervisord, which the services inherit; empty if it does not run."""
    import psutil

    pidfile = context.home.run / "supervisord.pid"
    try:
        return dict(psutil.Process(int(pidfile.read_text(encoding="ascii"))).environ())
    except (OSError, ValueError, psutil.Error):
        return {}


CHECKS = (
    Check(
        "environment", Group.CONFIGURATION, "Variables named AIRFLOW__… silently override airflow.cfg.",
        check_environment,
    ),
)  # fmt: skip
