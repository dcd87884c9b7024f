"""Errors of the package installer, with a hint that fits the cause."""

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
    if "No solution found" in output:
        return MlopsctlError(
            f"the requirements conflict with each other or with the constraints. {_conflict(output)}",
            hint="change the requirement named above, or remove its version: the constraint file then chooses one",
            code="conflict",
        )
    if "error sending request" in output or "dns error" in output or "Failed to fetch" in output:
        return MlopsctlError(
            f"the package index cannot be reached. {_last_line(output)}",
            hint=Hint.of("setup", note="after you connected to the network, or set HTTPS_PROXY"),
            code="no-network",
        )
    return error


def _conflict(output: str) -> str:
    """The part that names the conflicting packages, which starts with `Because`."""
    return " ".join(output[output.find("Because") :].split()) if "Because" in output else output


def _last_line(output: str) -> str:
    return output.rstrip().rpartition("\n")[2].strip()
