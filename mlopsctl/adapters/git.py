"""What git knows about a file."""

from pathlib import Path

from mlopsctl.adapters import process

TIMEOUT = 30.0  # seconds


def is_committed(path: Path) -> bool:
    """Whether the last commit has the file as it is now. False without git, and outside a repository."""
    git = process.find_program("git")
    if not git:
        return False
    base = (git, "--no-optional-locks", "-C", path.parent)
    tracked = process.run((*base, "ls-files", "--error-unmatch", "--", path.name), check=False, timeout=TIMEOUT)
    status = process.run((*base, "status", "--porcelain", "--", path.name), check=False, timeout=TIMEOUT)
    return tracked.code == 0 and status.code == 0 and not status.out.strip()
