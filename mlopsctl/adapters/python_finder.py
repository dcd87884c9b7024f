"""Find a Python on this machine for the managed Airflow."""

import re
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from mlopsctl.adapters import process
from mlopsctl.adapters.venv import uv, uv_env
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint

OUR_PYTHON = str(getattr(sys, "_base_executable", sys.executable))  # not that of our venv, which may be deleted
OUR_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def find(requested: str, airflow_version: str, supported: Sequence[str]) -> tuple[str, str]:
    """The path and the version (`3.11`) of the Python to use. `requested`: a path, `X.Y`, or empty for ours or, if
    Airflow does not support ours, the newest on this machine that it does. `supported`: the versions that it supports.

    Raises MlopsctlError if there is none. uv does not: it ignores the upper limit of the Pythons for a package.
    """
    if requested:
        return _requested(requested, airflow_version, supported)
    if OUR_VERSION in supported:
        return OUR_PYTHON, OUR_VERSION
    for version in reversed(supported):
        if path := _find(version):
            return path, version
    raise MlopsctlError(
        f"Airflow {airflow_version} runs on Python {_listed(supported)}, and mlopsctl on Python {OUR_VERSION}; no "
        f"other was found on PATH ({_names(supported)}) or in uv's folder.",
        hint=_name_another(airflow_version, supported),
        code="python",
    )


def available(versions: Sequence[str]) -> list[str]:
    """Those of `versions` that this machine has."""
    return [version for version in versions if version == OUR_VERSION or _find(version)]


def has_headers(path: str) -> bool:
    """Whether C extensions can be compiled for a Python."""
    if path == OUR_PYTHON:
        return Path(sysconfig.get_path("include"), "Python.h").exists()
    code = "import os, sysconfig; print(os.path.exists(os.path.join(sysconfig.get_path('include'), 'Python.h')))"
    return process.run([path, "-c", code]).out.strip() == "True"


def _requested(requested: str, airflow_version: str, supported: Sequence[str]) -> tuple[str, str]:
    if re.fullmatch(r"\d+\.\d+", requested) and requested not in supported:
        raise _unsupported(requested, airflow_version, supported)
    if not (path := _find(requested)):
        raise MlopsctlError(
            f"there is no Python {requested}.", hint=_name_another(airflow_version, supported), code="python"
        )
    version = _version(path)
    if version not in supported:
        raise _unsupported(f"{version} ({path})", airflow_version, supported)
    return path, version


def _unsupported(python: str, airflow_version: str, supported: Sequence[str]) -> MlopsctlError:
    message = f"Airflow {airflow_version} runs on Python {_listed(supported)}, not on {python}."
    hint = Hint.of("setup", "--airflow-version", airflow_version, "--python", supported[-1])
    return MlopsctlError(message, hint=hint, code="python")


def _find(wanted: str) -> str:
    """The path of a Python; empty if there is none."""
    done = process.run(uv("python", "find", "--system", wanted), env=uv_env(), check=False)
    return done.out.strip() if done.code == 0 else ""


def _version(path: str) -> str:
    return process.run([path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]).out.strip()


def _listed(versions: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(versions[:-1]), versions[-1])))


def _names(versions: Sequence[str]) -> str:
    return ", ".join(f"python{version}" for version in versions)


def _name_another(airflow_version: str, supported: Sequence[str]) -> Hint:
    newest = supported[-1]
    words = ("setup", "--airflow-version", airflow_version, "--python", f"/path/to/python{newest}")
    return Hint(words, note=f"or install it: uv python install {newest}")
