"""Install Airflow, its providers and what the DAGs require into a virtual environment of their own, with one constraint
file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mlopsctl.adapters import config_file
from mlopsctl.adapters.constraints import ConstraintFiles, Constraints
from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.operations.install_errors import explain
from mlopsctl.operations.setup.request import SetupRequest, digest

# Its client is compiled, which takes longer than to download all else. Airflow's metadata do not need it.
NEEDED_LATER = "apache-airflow-providers-mysql"


@dataclass(frozen=True)
class InstallStep:
    """`airflow_first`: in a new virtual environment, leave what the DAGs require to RequirementsStep, so that Airflow's
    metadata can be initialised meanwhile."""

    request: SetupRequest
    airflow_first: bool = False
    name: str = "airflow"
    needs: Sequence[str] = ("check", "tasks")

    @property
    def _wanted(self) -> str:
        settings = self.request.platform.settings
        return digest(self.request.requirements_digest(), settings.constraints, settings.python)

    @cached_property
    def _python(self) -> tuple[str, str]:
        return self.request.find_python()

    @cached_property
    def _constraints(self) -> Constraints:
        request, settings = self.request, self.request.platform.settings
        version, (_, python) = settings.airflow_version, self._python
        files = ConstraintFiles(request.platform.home.cache, version, python, request.offline, request.requirements)
        return files.get(settings.constraints)

    def todo(self) -> str:
        record = self.request.platform.venv.record()
        if record and record.wanted == self._wanted:
            return ""
        return f"install Airflow {self.request.platform.settings.airflow_version}"

    def do(self) -> Iterator[str]:
        venv = self.request.platform.venv
        path, python = self._python
        yield "choosing constraints"
        constraints = self._constraints
        record = venv.record()
        is_new = not record or record.python != python or not venv.python.exists()
        if is_new:
            yield "creating the virtual environment"
            venv.create(path)
        yield f"installing, constraints: {constraints.source}"
        lock = self._lock() if is_new and self.airflow_first and self.request.requirement_files() else None
        if lock and (airflow := _airflow_in(lock)):
            yield from self._install(airflow, lock)
        else:
            yield from self.install_all()

    def _lock(self) -> Path:
        request = self.request
        with self._explained():
            return request.platform.venv.lock(request.requirements, self._constraints.path, offline=request.offline)

    def install_all(self) -> Iterator[str]:
        platform = self.request.platform
        yield from self._install(self.request.requirements, self._constraints.path)
        self._check_complete()
        if not platform.venv.staging:
            # Only now: settings with which the installation fails are not saved.
            config_file.save(platform.home.config, platform.settings, installed=True)
        platform.venv.write_record(self._record())

    def _record(self) -> InstallRecord:
        version, (_, python) = self.request.platform.settings.airflow_version, self._python
        return InstallRecord(version, python, self._constraints.source, self._wanted)

    def _install(self, requirements: Sequence[str], constraints: Path) -> Iterator[str]:
        with self._explained():
            yield from self.request.platform.venv.install(requirements, constraints, offline=self.request.offline)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except MlopsctlError as e:
            version = self.request.platform.settings.airflow_version
            raise explain(e, version, offline=self.request.offline) from e

    def _check_complete(self) -> None:
        """Raises MlopsctlError if the installer left out a package that was requested."""
        installed = self.request.platform.venv.installed()
        # Flask-AppBuilder, which FAB's provider leaves out on a Python that it does not support.
        wanted = ["apache-airflow", "flask-appbuilder", *self.request.providers]
        if missing := [name for name in wanted if name not in installed]:
            raise MlopsctlError(
                f"the installer did not install {', '.join(missing)}, and reported no error.",
                hint=Hint.of("setup", "--constraints", "bundled"),
                code="skipped-providers",
            )

    def detail(self) -> str:
        made = self.request.platform.venv.record() or self._record()
        return f"{made.airflow_version} on Python {made.python}, constraints: {made.constraints}"


def _airflow_in(lock: Path) -> list[str]:
    """Airflow and its providers: some have tables in the metadata. None of them if the lock cannot be used as
    constraints, because it has a package in development mode."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    if any(line.startswith("-") for line in lines):
        return []
    return [line for line in lines if line.startswith("apache-airflow") and not line.startswith(NEEDED_LATER)]
