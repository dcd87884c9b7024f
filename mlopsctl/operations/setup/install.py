"""Airflow and its providers in a venv of their own, under one constraint file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlopsctl.adapters import config_file
from mlopsctl.adapters.constraints import ConstraintFiles
from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.settings import AIRFLOW_VERSION
from mlopsctl.operations.setup.request import PROVIDERS, Request, digest


@dataclass(frozen=True)
class Install:
    request: Request
    name: str = "airflow"
    needs: Sequence[str] = ("check",)

    @property
    def _wanted(self) -> str:
        settings = self.request.platform.settings
        return digest(self.request.requirements_digest(), settings.constraints, settings.python)

    def todo(self) -> str:
        record = self.request.platform.venv.record()
        if record and record.wanted == self._wanted:
            return ""
        return f"install Airflow {self.request.platform.settings.airflow_version}"

    def do(self) -> Iterator[str]:
        platform = self.request.platform
        version = platform.settings.airflow_version
        path, python = platform.venv.find_python(platform.settings.python)
        yield "choosing constraints"
        files = ConstraintFiles(platform.home.cache, version, python, self.request.offline, self.request.requirements)
        constraints = files.get(platform.settings.constraints)
        record = platform.venv.record()
        if not record or record.python != python or not platform.venv.python.exists():
            yield "creating the venv"
            platform.venv.create(path)
        yield f"installing, constraints: {constraints.source}"
        try:
            yield from platform.venv.install(self.request.requirements, constraints.path, offline=self.request.offline)
        except MlopsctlError as e:
            raise explain(e, version, offline=self.request.offline) from e
        self._nothing_skipped()
        if not platform.venv.staging:
            # Only now: what cannot be installed is forgotten.
            config_file.save(platform.home.config, platform.settings, installed=True)
        platform.venv.write_record(InstallRecord(version, python, constraints.source, self._wanted))

    def _nothing_skipped(self) -> None:
        installed = self.request.platform.venv.installed()
        wanted = ["apache-airflow", *(f"apache-airflow-providers-{p}" for p in PROVIDERS)]
        if skipped := [name for name in wanted if name not in installed]:
            raise MlopsctlError(
                f"the installer left out {', '.join(skipped)} without a word.",
                hint=Hint.of("setup", "--constraints", "bundled"),
                code="skipped-providers",
            )

    def detail(self) -> str:
        record = self.request.platform.venv.record()
        return (
            f"{record.airflow_version} on Python {record.python}, constraints: {record.constraints}" if record else ""
        )


def explain(error: MlopsctlError, version: str, *, offline: bool) -> MlopsctlError:
    """The resolver's words with the remedy that fits."""
    words = error.message
    if f"no version of apache-airflow=={version}" in words:
        return MlopsctlError(
            f"there is no Airflow {version} in the package index.",
            hint=Hint.of("setup", "--airflow-version", AIRFLOW_VERSION),
            code="unknown-version",
        )
    if "network was disabled" in words or (offline and "No solution" not in words):
        return MlopsctlError(
            f"a package is not in uv's cache, and --offline forbids the network. {_because(words)}",
            hint=Hint.of("setup", "(without", "--offline)"),
            code="no-network",
        )
    if "No solution found" in words:
        return MlopsctlError(
            f"the requirements contradict each other or the constraints. {_because(words)}",
            hint="change the requirement that is named, or drop its version: the constraint file has one that fits",
            code="conflict",
        )
    if "error sending request" in words or "dns error" in words or "Failed to fetch" in words:
        return MlopsctlError(
            f"the package index cannot be reached. {_last(words)}",
            hint="connect the network or set its proxy (HTTPS_PROXY), then: mlopsctl setup",
            code="no-network",
        )
    return error


def _because(words: str) -> str:
    """From `Because …` on: the packages that contradict each other are named there."""
    return " ".join(words[words.find("Because") :].split()) if "Because" in words else words


def _last(words: str) -> str:
    return words.rstrip().rpartition("\n")[2].strip()
