"""Bytecode below the DAGs folder and in what it links to. Never outside, never in a venv, each directory once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlopsctl.operations.dags.folder_walk import CACHE, is_venv

FOREIGN = ("site-packages", "dist-packages")  # other people's packages, wherever they are linked to


@dataclass
class Bytecode:
    """Of one entry of the DAGs folder (`name`; `.`: the folder itself). `caches`: Python makes them again. `orphans`:
    files beside no source, which Python imports as if it were there; `stale`: those in a cache, which it does not."""

    name: str
    caches: list[Path] = field(default_factory=list)
    orphans: list[Path] = field(default_factory=list)
    stale: list[Path] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.caches or self.orphans)


def find(dags: Path) -> list[Bytecode]:
    """What is there, entry by entry."""
    if not dags.is_dir():
        return []
    top, seen = Bytecode("."), {dags.resolve()}
    _look(dags, top)
    found = [top]
    for path in sorted(dags.iterdir()):
        if path.name != CACHE and path.is_dir() and not _leads_back(path.resolve(), dags.resolve()):
            found.append(Bytecode(path.name))
            for folder in _below(path.resolve(), seen):
                _look(folder, found[-1])
    return [entry for entry in found if entry]


def _leads_back(target: Path, dags: Path) -> bool:
    """A link to the DAGs folder or above it: there is everything of the home, and more."""
    return target == dags or target in dags.parents


def _below(folder: Path, seen: set[Path]) -> Iterator[Path]:
    """A real directory and those in it. Links in there are not followed: they may lead anywhere."""
    if folder in seen or is_venv(folder) or any(part in FOREIGN for part in folder.parts):
        return
    seen.add(folder)
    yield folder
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink() and path.name not in (CACHE, ".git"):
            yield from _below(path, seen)


def _look(folder: Path, entry: Bytecode) -> None:
    for path in sorted(folder.iterdir()):
        if path.name == CACHE and path.is_dir() and not path.is_symlink():
            entry.caches.append(path)
            entry.stale += [p for p in path.glob("*.pyc") if not (folder / f"{p.name.split('.')[0]}.py").exists()]
        elif path.suffix == ".pyc" and path.is_file() and not path.with_suffix(".py").exists():
            entry.orphans.append(path)


def remove(entry: Bytecode) -> int:
    """How many files went. What is no bytecode stays, and the folder with it. Raises OSError."""
    files = [*entry.orphans, *(p for cache in entry.caches for p in cache.iterdir() if ".pyc" in p.suffixes)]
    for path in files:
        path.unlink(missing_ok=True)
    for cache in entry.caches:
        if not any(cache.iterdir()):
            cache.rmdir()
    return len(files)
