"""Python bytecode in the DAGs folder and in the packages linked into it. Never outside of them, never in a venv."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlopsctl.operations.dags.files.folder_walk import CACHE, is_venv

SITE_PACKAGES = ("site-packages", "dist-packages")  # installed packages, wherever a link leads to them


@dataclass
class Bytecode:
    """The bytecode in one entry of the DAGs folder (`name`; `.`: the folder itself). `caches`: `__pycache__` folders.
    `orphans`: files next to a source that is gone; Python still imports them. `stale`: files in a cache whose source is
    gone; Python ignores them."""

    name: str
    caches: list[Path] = field(default_factory=list)
    orphans: list[Path] = field(default_factory=list)
    stale: list[Path] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.caches or self.orphans)


def find(dags: Path) -> list[Bytecode]:
    """The entries of the DAGs folder that hold bytecode."""
    if not dags.is_dir():
        return []
    top, seen = Bytecode("."), {dags.resolve()}
    _collect(dags, top)
    found = [top]
    for path in sorted(dags.iterdir()):
        if path.name != CACHE and path.is_dir() and not _contains(path.resolve(), dags.resolve()):
            found.append(Bytecode(path.name))
            for folder in _folders_below(path.resolve(), seen):
                _collect(folder, found[-1])
    return [entry for entry in found if entry]


def _contains(target: Path, dags: Path) -> bool:
    """A link to the DAGs folder or to a folder above it: the files there are not all DAGs."""
    return target == dags or target in dags.parents


def _folders_below(folder: Path, seen: set[Path]) -> Iterator[Path]:
    """A real directory and those in it, each once. Links inside are not followed: they may lead anywhere."""
    if folder in seen or is_venv(folder) or any(part in SITE_PACKAGES for part in folder.parts):
        return
    seen.add(folder)
    yield folder
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink() and path.name not in (CACHE, ".git"):
            yield from _folders_below(path, seen)


def _collect(folder: Path, entry: Bytecode) -> None:
    for path in sorted(folder.iterdir()):
        if path.name == CACHE and path.is_dir() and not path.is_symlink():
            entry.caches.append(path)
            entry.stale += [p for p in path.glob("*.pyc") if not (folder / f"{p.name.split('.')[0]}.py").exists()]
        elif path.suffix == ".pyc" and path.is_file() and not path.with_suffix(".py").exists():
            entry.orphans.append(path)


def remove(entry: Bytecode) -> int:
    """Returns the number of removed files. Other files in a cache stay, and the cache with them. Raises OSError."""
    files = [*entry.orphans, *(p for cache in entry.caches for p in cache.iterdir() if ".pyc" in p.suffixes)]
    for path in files:
        path.unlink(missing_ok=True)
    for cache in entry.caches:
        if not any(cache.iterdir()):
            cache.rmdir()
    return len(files)
