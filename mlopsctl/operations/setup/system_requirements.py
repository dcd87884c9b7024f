"""What a home stands on: disk, short socket paths, a way down to it. Setup looks before it begins, the doctor at any
time."""

import os
from pathlib import Path

from mlopsctl.adapters import process
from mlopsctl.core.paths import Home

FREE_BYTES = 2 * 10**9  # what a setup takes
SOCKET_PATH = 107  # bytes that sockaddr_un has for a path, less the closing zero
LONGEST_SOCKET = "/postgres/.s.PGSQL.5432"


def existing_parent(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def too_full(folder: Path, needed: float) -> str:
    """A sentence, where fewer than `needed` bytes are free for us on the disk of `folder`; empty: it has room."""
    stat = os.statvfs(folder)
    free = stat.f_bavail * stat.f_frsize
    if free >= needed:
        return ""
    return f"the disk of {folder} has {free / 1e9:.1f} GB free, and {needed / 1e9:g} GB are needed."


def too_long(home: Home) -> str:
    """A sentence, where the sockets of a home would have longer paths than the system takes; empty: they fit."""
    length = len(os.fsencode(f"{home.run}{LONGEST_SOCKET}"))
    if length <= SOCKET_PATH:
        return ""
    return f"the path of the home is too long: its sockets have {length} bytes, and the system takes {SOCKET_PATH}."


def closed(account: str, folder: Path) -> Path | None:
    """The first folder on the way down to `folder`, itself included, that an account cannot enter."""
    if _enters(account, folder):
        return None
    return next((f for f in reversed(folder.parents) if not _enters(account, f)), folder)


def _enters(account: str, folder: Path) -> bool:
    return process.run(["test", "-x", folder], user=account, check=False).code == 0
