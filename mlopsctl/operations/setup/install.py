"""Install Airflow and its providers into a virtual environment of their own, with one constraint file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlopsctl.adapters import config_file
from mlopsctl.adapters.constraints import ConstraintFiles
from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.operations.install_errors import explain
from mlopsctl.operations.setup.request import SetupRequest, digest


@dataclass(frozen=True)
class InstallStep:
    request: SetupRequest
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
        path, python = self.request.find_python()
        yield "choosing constraints"
        files = ConstraintFiles(platform.home.cache, version, python, self.request.offline, self.request.requirements)
        constraints = files.get(platform.settings.constraints)
        record = platform.venv.record()
        if not record or record.python != python or not platform.venv.python.exists():
            yield "creating the virtual environment"
            platform.venv.create(path)
        yield f"installing, constraints: {constraints.source}"
        try:
            yield from platform.venv.install(self.request.requirements, constraints.path, offline=self.request.offline)
        except MlopsctlError as e:
            raise explain(e, version, offline=self.request.offline) from e
        self._check_complete()
        if not platform.venv.staging:
            # Only now: settings with which the installation fails are not saved.
            config_file.save(platform.home.config, platform.settings, installed=True)
        platform.venv.write_record(InstallRecord(version, python, constraints.source, self._wanted))

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
        record = self.request.platform.venv.record()
        if not record:
            return ""
        return f"{record.airflow_version} on Python {record.python}, constraints: {record.constraints}"
