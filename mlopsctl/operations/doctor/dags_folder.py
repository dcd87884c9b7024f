"""What stands in the DAGs folder: links, and the directories that Airflow reaches by them. No service is needed."""

from collections.abc import Iterator
from pathlib import Path

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.operations.dags import bytecode as bytecode_files
from mlopsctl.operations.dags import folder_walk, links
from mlopsctl.operations.dags.import_context import project_folders
from mlopsctl.operations.doctor.check import Check, Finding
from mlopsctl.operations.doctor.context import Place, Skipped


def tree(place: Place) -> folder_walk.FolderTree:
    """Raises Skipped where there is no DAGs folder, MlopsctlError."""
    if not place.platform.home.dags.is_dir():
        raise Skipped("there is no DAGs folder")
    return place.once("dags-tree", lambda: folder_walk.walk(place.home.dags))


def wanted(place: Place) -> dict[str, Path]:
    """The packages of the folders that were given to setup, by name; a folder that is gone has none."""
    found: dict[str, Path] = {}
    for folder in map(Path, place.platform.settings.dags):
        try:
            found |= {path.name: links.absolute_path(path) for path in links.dag_packages(folder)}
        except MlopsctlError:  # a finding of `dag-targets`
            continue
    return found


def broken(place: Place) -> Iterator[Finding]:
    for path in tree(place).broken:
        said = f"{_named(place, path)} links to {path.readlink()}, which is not there."
        if path.parent == place.home.dags:
            yield Finding(said, about=path)
        else:
            yield Finding(said, f"rm '{path.parent.resolve() / path.name}'", fixable=False)


def targets(place: Place) -> Iterator[Finding]:
    """Packages of the project that are not linked, or whose link leads elsewhere."""
    here = {link.name: link for link in links.list_links(tree(place).root)}
    for folder in map(Path, place.platform.settings.dags):
        try:
            links.dag_packages(folder)
        except MlopsctlError as e:
            yield Finding(e.message, e.hint, fixable=False)
    for name, target in wanted(place).items():
        link = here.get(name)
        if not link:
            yield Finding(f"{target} is not linked into the DAGs folder.", about=target)
        elif link.state == "ok" and (place.home.dags / name).resolve() != target.resolve():
            yield Finding(f"{name} links to {link.target} instead of {target}.", about=target)


def real_files(place: Place) -> Iterator[Finding]:
    for link in links.list_links(tree(place).root):
        target = wanted(place).get(link.name)
        if link.state == "file" and target:
            said = f"{link.name} is a copy in the DAGs folder where a link to {target} should be."
            path = place.home.dags / link.name
            yield Finding(said, f"mv '{path}' ~/ && mlopsctl link add '{target}'", fixable=False)


def twice(place: Place) -> Iterator[Finding]:
    found = tree(place)
    for second, first in found.duplicates:
        said = f"{found.relative(first)} and {found.relative(second)} are one directory, {first.resolve()}."
        yield _superfluous(place, said, _which(place, first, second))


def loops(place: Place) -> Iterator[Finding]:
    found = tree(place)
    for way, above in found.loops:
        said = f"{found.relative(way)} leads back to {above}, in which it stands itself."
        yield _superfluous(place, said, way if way.parent == found.root else None, way)


def _which(place: Place, first: Path, second: Path) -> Path | None:
    """The link in the DAGs folder that may go: not one that setup makes; of two, the one with another name. One that
    leads to more than this directory goes only where the other way is setup's."""
    dags, ours = place.home.dags, wanted(place)
    tops = [dags / path.relative_to(dags).parts[0] for path in (second, first)]
    known = any(path.name in ours for path in tops)
    extra = [path for path in tops if path.is_symlink() and path.name not in ours]
    extra = [path for path in extra if known or path in (first, second)]
    return min(extra, key=lambda path: path.name == path.resolve().name, default=None)


def _superfluous(place: Place, said: str, link: Path | None, way: Path | None = None) -> Finding:
    if link:
        return Finding(said, f"mlopsctl link remove '{link.name}'", about=link)
    hint = f"rm '{way}'" if way else "mlopsctl link list; remove one of the two: mlopsctl link remove NAME"
    return Finding(said, hint, fixable=False)


def orphans(place: Place) -> Iterator[Finding]:
    for entry in bytecode_files.find(tree(place).root):
        for path in entry.orphans:
            said = f"{path} is imported as if its source, which is gone, were there."
            yield Finding(said, Hint.of("dags", "clean"), about=entry.name)
        if entry.stale:
            names = ", ".join(path.name for path in entry.stale[:3])
            said = f"{entry.stale[0].parent} holds bytecode of sources that are gone: {names}."
            yield Finding(said, Hint.of("dags", "clean"), "warning", about=entry.name)


def _named(place: Place, path: Path) -> str:
    return str(path.relative_to(place.home.dags))


# What mends


def link_anew(place: Place, finding: Finding) -> Iterator[str]:
    """A broken link: to where a package of that name stands now, or removed."""
    path: Path = finding.about
    target = next((f / path.name for f in project_folders(place.platform) if (f / path.name).exists()), None)
    if target:
        yield from _link(place, target)
    else:
        path.unlink(missing_ok=True)
        yield f"link {path.name} removed"


def link(place: Place, finding: Finding) -> Iterator[str]:
    yield from _link(place, finding.about)


def _link(place: Place, target: Path) -> Iterator[str]:
    dags = place.home.dags
    for step in links.run(links.plan(dags, [target]), dags, [target]):
        yield f"{step.name} {step.detail}"


def unlink(place: Place, finding: Finding) -> Iterator[str]:
    """Links only: what they lead to stays."""
    path: Path = finding.about
    if path.is_symlink():
        path.unlink()
    yield f"link {path.name} removed"


def clean(place: Place, finding: Finding) -> Iterator[str]:
    for entry in bytecode_files.find(place.home.dags):
        if entry.name == finding.about:
            yield f"{bytecode_files.remove(entry)} files of bytecode removed"


CHECKS = (
    Check("dag-links", "dags", "A DAG whose link is broken is no longer there, and its runs fail.", broken, link_anew),
    Check("dag-targets", "dags", "What you edit is not what runs.", targets, link),
    Check("dag-copies", "dags", "A copy does not change with what it was copied from.", real_files),
    Check("dag-twice", "dags", "Where Airflow reaches a directory twice it reads no DAG file at all.", twice, unlink),
    Check("dag-loops", "dags", "Airflow stops at a loop, and reads no DAG file at all.", loops, unlink),
    Check("dag-bytecode", "dags", "Python imports bytecode whose source is gone.", orphans, clean),
)
