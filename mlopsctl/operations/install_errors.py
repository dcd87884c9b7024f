"""Errors of the package installer, with a hint that fits the cause."""

from mlopsctl.adapters.index_errors import explain_index
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.settings import AIRFLOW_VERSION


def explain(error: MlopsctlError, version: str, *, offline: bool) -> MlopsctlError:
    """The installer's error, with a hint that fits its cause."""
    output = error.message
    if f"no version of apache-airflow=={version}" in output:
        return MlopsctlError(
            f"there is no Airflow {version} in the package index.",
            hint=Hint.of("setup", "--airflow-version", AIRFLOW_VERSION),
            code="unknown-version",
        )
    if "network was disabled" in output or (offline and "No solution" not in output):
        return MlopsctlError(
            f"a package is not in uv's cache, and --offline disables the network. {_conflict(output)}",
            hint=Hint.of("setup", note="without --offline"),
            code="no-network",
        )
    if unusable := explain_index(output):
        return unusable
    if "No solution found" in output:
        return MlopsctlError(
            f"the requirements conflict with each other or with the constraints. {_conflict(output)}",
            hint="change the requirement named above, or remove its version: the constraint file then chooses one",
            code="conflict",
        )
    return error


def _conflict(output: str) -> str:
    """The part that names the conflicting packages, which starts with `Because`."""
    return " ".join(output[output.find("Because") :].split()) if "Because" in output else output
