"""Read the files by which Linux describes itself."""

from pathlib import Path


def read_text(path: Path) -> str:
    """Empty if this system does not have the file."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def kernel_release(machine: Path) -> str:
    """As `uname -r` shows it. `machine`: the root of the machine's own files."""
    return read_text(machine / "proc/sys/kernel/osrelease").strip()


def is_wsl(machine: Path) -> bool:
    """Whether Linux runs under Windows."""
    return "microsoft" in kernel_release(machine).lower()
