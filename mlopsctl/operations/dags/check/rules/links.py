"""Links at which Airflow stops reading the folder."""

from collections.abc import Iterator

from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.project import Project
from mlopsctl.operations.dags.check.rule import project_rule


@project_rule("links")
def check_links(project: Project) -> Iterator[Finding]:
    for tree in project.trees:
        for path in tree.broken:
            message = f"links to {path.readlink()}, which does not exist"
            yield Finding(path, 1, 1, "links", Severity.ERROR, message, "remove the link, or correct its target")
        for path, above in tree.loops:
            message = f"links back to {above}, which contains it; Airflow then reads no file of the folder"
            yield Finding(path, 1, 1, "links", Severity.ERROR, message, "remove the link")
        for path, first in tree.duplicates:
            message = f"is the same folder as {first}; Airflow then reads no file of the DAGs folder"
            yield Finding(path, 1, 1, "links", Severity.ERROR, message, "remove one of the two links")
