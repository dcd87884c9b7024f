"""What git knows about files and folders."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

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


@dataclass(frozen=True)
class Checkout:
    """Where the commits of a folder come from. `url`: of the repository that it was cloned from, without a password.
    `branch`: empty if none is checked out. `path`: of the folder in the repository, empty for all of it."""

    url: str
    branch: str
    path: str


def checkout(folder: Path) -> Checkout | None:
    """None without git, outside a repository, and for one that has no origin on another machine."""
    git = process.find_program("git")
    if not git or not folder.is_dir():
        return None
    base = (git, "--no-optional-locks", "-C", folder)

    def ask(*words: str) -> str:
        done = process.run((*base, *words), check=False, timeout=TIMEOUT)
        return done.out.strip() if done.code == 0 else ""

    url = ask("config", "--get", "remote.origin.url")
    if not re.match(r"(https?|ssh|git)://|[\w.-]+@[\w.-]+:", url):
        return None
    return Checkout(_without_login(url), ask("branch", "--show-current"), ask("rev-parse", "--show-prefix").rstrip("/"))


def _without_login(url: str) -> str:
    """Over HTTP, the name is often a token, too. With SSH, it is the account of the server, such as git."""
    parts = urlsplit(url)
    if not parts.netloc:  # git@host:path
        return url
    login, _, host = parts.netloc.rpartition("@")
    name = login.partition(":")[0] if parts.scheme == "ssh" else ""
    return urlunsplit(parts._replace(netloc=f"{name}@{host}" if name else host))
