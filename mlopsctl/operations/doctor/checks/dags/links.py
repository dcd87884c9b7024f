"""The links in the DAGs folder: broken, wrong, copies, and those that make Airflow reach a folder twice."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import LinkState
from mlopsctl.operations.dags import links
from mlopsctl.operations.dags.import_errors import obstacles
from mlopsctl.operations.dags.import_errors.import_context import project_folders
from mlopsctl.operations.dags.import_errors.obstacles import Obstacle
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.checks.dags.folder import dags_tree, project_packages, relative
from mlopsctl.operations.doctor.context import DoctorContext


def check_broken_links(context: DoctorContext) -> Iterator[Finding]:
    for path in dags_tree(context).broken:
        message = f"{relative(context, path)} links to {path.readlink()}, which does not exist."
        if path.parent == context.home.dags:
            yield Finding(message, details=path)
        else:
            real = path.parent.resolve() / path.name
            yield Finding(message, Hint(line=f"rm {shlex.quote(str(real))}"), fixable=False)


def fix_broken_link(context: DoctorContext, finding: Finding) -> Iterator[str]:
    """Link to the package of that name, if the project has one; otherwise remove the link."""
    path: Path = finding.details
    candidates = (folder / path.name for folder in project_folders(context.platform))
    if target := next((candidate for candidate in candidates if candidate.exists()), None):
        yield from link_package(context, target)
    else:
        path.unlink(missing_ok=True)
        yield f"removed the link {path.name}"


def check_targets(context: DoctorContext) -> Iterator[Finding]:
    """Packages of the project that are not linked, or whose link has another target."""
    existing = {link.name: link for link in links.list_links(dags_tree(context).root)}
    for folder in context.platform.dags_folders:
        try:
            links.dag_packages(folder)
        except MlopsctlError as e:
            yield Finding(e.message, e.hint, fixable=False)
    for name, target in project_packages(context).items():
        link = existing.get(name)
        if not link:
            yield Finding(f"{target} is not linked into the DAGs folder.", details=target)
        elif link.state == LinkState.OK and (context.home.dags / name).resolve() != target.resolve():
            yield Finding(f"{name} links to {link.target} instead of {target}.", details=target)


def fix_target(context: DoctorContext, finding: Finding) -> Iterator[str]:
    yield from link_package(context, finding.details)


def link_package(context: DoctorContext, target: Path) -> Iterator[str]:
    dags = context.home.dags
    for step in links.run(links.plan(dags, [target]), dags, [target]):
        yield f"{step.name} {step.detail}"


def check_copies(context: DoctorContext) -> Iterator[Finding]:
    packages = project_packages(context)
    for link in links.list_links(dags_tree(context).root):
        target = packages.get(link.name)
        if link.state == LinkState.FILE and target:
            move = f"mv {shlex.quote(str(context.home.dags / link.name))} ~/"
            hint = Hint(("link", "add", str(target)), line=move)
            message = f"{link.name} in the DAGs folder is a copy of {target}, not a link to it."
            yield Finding(message, hint, fixable=False)


def check_twice(context: DoctorContext) -> Iterator[Finding]:
    yield from map(_from_obstacle, obstacles.duplicates(dags_tree(context), project_packages(context)))


def check_loops(context: DoctorContext) -> Iterator[Finding]:
    yield from map(_from_obstacle, obstacles.loops(dags_tree(context)))


def check_fatal_files(context: DoctorContext) -> Iterator[Finding]:
    yield from map(_from_obstacle, obstacles.fatal_files(dags_tree(context), context.platform.airflow.release))


def _from_obstacle(found: Obstacle) -> Finding:
    return Finding(found.message, found.hint, details=found.link, fixable=bool(found.link))


def remove_link(_context: DoctorContext, finding: Finding) -> Iterator[str]:
    """Only links: their targets are kept."""
    path: Path = finding.details
    if path.is_symlink():
        path.unlink()
    yield f"removed the link {path.name}"


CHECKS = (
    Check(
        "dag-links", Group.DAGS, "A DAG whose link is broken disappears, and its runs fail.",
        check_broken_links, fix_broken_link,
    ),
    Check(
        "dag-targets", Group.DAGS, "Without the right link, Airflow does not run the code that you edit.",
        check_targets, fix_target,
    ),
    Check("dag-copies", Group.DAGS, "A copy does not change when you edit the original.", check_copies),
    Check(
        "dag-twice", Group.DAGS, "If Airflow reaches a folder twice, it reads no DAG file at all.",
        check_twice, remove_link,
    ),
    Check(
        "dag-loops", Group.DAGS, "If links form a loop, Airflow reads no DAG file at all.",
        check_loops, remove_link,
    ),
    Check(
        "dag-files", Group.DAGS, "If its dag-processor ends because of a file, Airflow reads no file at all.",
        check_fatal_files,
    ),
)  # fmt: skip
