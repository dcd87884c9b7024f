"""Atomic writes, secrets, locks."""

import os
import pwd
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint


def write(path: Path, text: str, mode: int = 0o600, owner: str | None = None, *, sync: bool = True) -> None:
    """As `write_bytes`, in UTF-8."""
    write_bytes(path, text.encode(), mode, owner, sync=sync)


def write_bytes(path: Path, content: bytes, mode: int = 0o600, owner: str | None = None, *, sync: bool = True) -> None:
    """Replace a file at once: write a temporary file, with its final permissions from the start, and rename it. `sync`:
    wait until it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp: 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if sync:
                os.fsync(file.fileno())
            # By the open file, not by its path, which the owner of the folder could have replaced by a link.
            os.fchmod(file.fileno(), mode)
            if owner:
                account = pwd.getpwnam(owner)
                os.fchown(file.fileno(), account.pw_uid, account.pw_gid)
        Path(part).replace(path)
    except BaseException as e:
        Path(part).unlink(missing_ok=True)
        if isinstance(e, OSError):
            e.filename = e.filename or str(path)  # an error of write() does not name the file
        raise


def write_if_changed(path: Path, text: str, mode: int = 0o600, owner: str | None = None) -> bool:
    """False if the file has this content already."""
    try:
        if path.read_text(encoding="utf-8") == text:
            return False
    except FileNotFoundError:
        pass
    write(path, text, mode, owner)
    return True


def tail(path: Path, lines: int = 12) -> str:
    """The last lines of a log; empty if there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 400 * lines))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def sha256(path: Path) -> str:
    """In hexadecimal digits."""
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_secret(path: Path) -> str:
    """The content of a secret file without the newline. Raises MlopsctlError if it is missing: a new secret would not
    open what the old one protects."""
    try:
        return path.read_text(encoding="utf-8").strip("\r\n")
    except FileNotFoundError as e:
        hint = Hint.of("doctor", "--fix", "--only", "secrets")
        raise MlopsctlError(f"the secret {path} is missing.", hint=hint, code="no-secret") from e


def make_secret(path: Path, bytes_: int = 24) -> str:
    """The secret in a file, which is generated if it is missing (0600, its folder 0700). Only for callers that create,
    or reset, what it protects. If two processes do this at once, both get the first one's."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        write(part, secrets.token_urlsafe(bytes_) + "\n")
        with suppress(FileExistsError):
            path.hardlink_to(part)
        part.unlink()
    return read_secret(path)


@contextmanager
def locked(path: Path, command: str) -> Iterator[None]:
    """Hold a lock file while the block runs. The kernel releases it when the process ends, in whatever way.

    Raises MlopsctlError with the holder's command and process id.
    """
    import fcntl

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        _acquire(file, fcntl.LOCK_EX)
        file.seek(0)
        file.truncate()
        file.write(f"mlopsctl {command} (process {os.getpid()})")
        file.flush()
        yield


def check_unlocked(path: Path) -> None:
    """Raises MlopsctlError, as `locked` does, if another process holds the lock. Does not change the file."""
    import fcntl

    with path.open(encoding="utf-8") as file:
        _acquire(file, fcntl.LOCK_SH)


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock. Does not change the file."""
    try:
        check_unlocked(path)
    except FileNotFoundError:
        return False
    except MlopsctlError:
        return True
    return False


def lock(path: Path) -> TextIO:
    """Lock a file until it is closed, or this process ends. Waits for who is just looking whether it is locked."""
    import fcntl

    file = path.open("a", encoding="utf-8")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def _acquire(file: TextIO, how: int) -> None:
    import fcntl

    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "another mlopsctl"
        raise MlopsctlError(
            f"{holder} is running in this home.",
            hint="wait until it has ended, or stop it by its process id",
            code="locked",
        ) from None
