"""What the checks of the DAGs folder share: its files, and the packages that setup links."""

from pathlib import Path

from mlopsctl.operations.dags import links
from mlopsctl.operations.dags.files import folder_walk
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext


def dags_tree(context: DoctorContext) -> folder_walk.FolderTree:
    """Everything in the DAGs folder. Raises CheckSkipped if there is none, MlopsctlError if it is too large."""
    if not context.platform.home.dags.is_dir():
        raise CheckSkipped("there is no DAGs folder")
    return context.cached("dags-tree", lambda: folder_walk.walk(context.home.dags))


def project_packages(context: DoctorContext) -> dict[str, Path]:
    """The packages in the folders of `setup --dags`, by name."""
    return links.packages_in(context.platform.dags_folders)


def relative(context: DoctorContext, path: Path) -> str:
    """A path for messages: relative to the DAGs folder."""
    return str(path.relative_to(context.home.dags))
