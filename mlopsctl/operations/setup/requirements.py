"""Install what the DAGs require besides Airflow, while Airflow's metadata is being initialised."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlopsctl.operations.setup.install import InstallStep


@dataclass(frozen=True)
class RequirementsStep:
    """`install`: the step that has installed Airflow, perhaps with all else."""

    install: InstallStep
    name: str = "requirements"
    needs: Sequence[str] = ("airflow",)

    def todo(self) -> str:
        return "install what the DAGs require" if self.install.todo() else ""

    def do(self) -> Iterator[str]:
        yield from self.install.install_all()

    def detail(self) -> str:
        return ", ".join(map(str, self.install.request.requirement_files())) or "none"
