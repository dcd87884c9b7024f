"""Zip files in the DAGs folder. A member is named by a path below that of its zip file, as Airflow names it."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile, is_zipfile

# Damaged; encrypted; an unknown compression; cut off.
UNREADABLE = (BadZipFile, RuntimeError, NotImplementedError, zlib.error, EOFError, OSError)
MAX_BYTES = 10_000_000  # of a member that is decompressed to see whether that works


def might_contain_dag(content: bytes) -> bool:
    """As Airflow's `might_contain_dag_via_default_heuristic`."""
    content = content.lower()
    return b"airflow" in content and (b"dag" in content or b"asset" in content)


def zip_of(path: Path) -> Path | None:
    """The zip file that a member is in; None for a path that is not in one."""
    return next((parent for parent in path.parents if parent.is_file()), None)


def exists(path: Path) -> bool:
    """Whether there is a file or folder, or a zip file that may have the member."""
    return path.exists() or zip_of(path) is not None


def has_file(path: Path) -> bool:
    """Whether there is a file, or such a member of a zip file. Raises UNREADABLE."""
    archive = None if path.exists() else zip_of(path)
    if archive is None or not is_zipfile(archive):
        return path.is_file()
    with ZipFile(archive) as opened:
        return path.relative_to(archive).as_posix() in opened.namelist()


def has_module(archive: Path, name: str) -> bool:
    """Whether a zip file has a module or package at its top level. Raises UNREADABLE."""
    with ZipFile(archive) as opened:
        return any(member == f"{name}.py" or member.startswith(f"{name}/") for member in opened.namelist())


def problem(path: Path) -> str:
    """Why Airflow can read no DAG in a zip file; empty if it can."""
    if not is_zipfile(path):
        return "it is not a zip file"
    try:
        for _ in python_members(path):
            pass
    except UNREADABLE as e:
        return str(e)
    return ""


def read(path: Path) -> bytes:
    """The content of a file, or of a member of a zip file. Raises OSError, KeyError, UNREADABLE."""
    archive = None if path.exists() else zip_of(path)
    if archive is None:
        return path.read_bytes()
    with ZipFile(archive) as opened:
        return opened.read(path.relative_to(archive).as_posix())


def python_members(path: Path) -> Iterator[tuple[Path, bytes]]:
    """The Python files in a zip file, by name. Raises UNREADABLE."""
    with ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".py"):
                yield path / name, archive.read(name)


def dag_files(path: Path) -> Iterator[tuple[Path, bytes]]:
    """The members that Airflow reads as DAG files; none if the zip file cannot be read."""
    try:
        members = list(python_members(path))
    except UNREADABLE:
        return
    for member, content in members:
        if member.parent == path and might_contain_dag(content):
            yield member, content


def stops_airflow(path: Path) -> str:
    """Why the dag-processor ends when it looks into this file; empty if it does not. Airflow looks into every zip file,
    whatever its name, and expects only that it is damaged (`_get_observed_filelocs` of its dag-processor)."""
    if path.suffix == ".py" or not is_zipfile(path):
        return ""
    try:
        with ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as opened:
                    opened.read(MAX_BYTES)
    except BadZipFile:
        return ""
    except UNREADABLE as e:
        return "it is encrypted" if "encrypted" in str(e) else f"it cannot be decompressed: {e}"
    return ""
