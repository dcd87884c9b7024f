"""Files that are whole or not there."""

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


def write(path: Path, text: str, mode: int = 0o600, owner: str | None = None) -> None:
    """Write beside `path` with the rights `mode` from the first byte, then rename into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp: 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            # By the open file and not by its path, which the owner of the folder could have made a link by now.
            os.fchmod(file.fileno(), mode)
            if owner:
                account = pwd.getpwnam(owner)
                os.fchown(file.fileno(), account.pw_uid, account.pw_gid)
        Path(part).replace(path)
    except BaseException as e:
        Path(part).unlink(missing_ok=True)
        if isinstance(e, OSError):
            e.filename = e.filename or str(path)  # a write that fails does not know where
        raise


def write_if_changed(path: Path, text: str, mode: int = 0o600, owner: str | None = None) -> bool:
    """False where `path` holds `text` already."""
    try:
        if path.read_text(encoding="utf-8") == text:
            return False
    except FileNotFoundError:
        pass
    write(path, text, mode, owner)
    return True


def sha256(path: Path) -> str:
    """In hexadecimal digits."""
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_secret(path: Path) -> str:
    """The secret in `path`, without the line's end. Raises MlopsctlError where it is lost: no new one opens as it."""
    try:
        return path.read_text(encoding="utf-8").strip("\r\n")
    except FileNotFoundError as e:
        hint = Hint.of("doctor", "--fix", "--only", "secrets")
        raise MlopsctlError(f"the secret {path} is missing.", hint=hint, code="no-secret") from e


def make_secret(path: Path, bytes_: int = 24) -> str:
    """The secret in `path`, made at random where there is none (0600, its folder 0700). Only for who makes, or sets
    anew, what it opens. Who comes second gets the first's."""
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
    """Hold the lock of a home while the block runs. The kernel lets go when the process ends, however it ends.

    Raises MlopsctlError with the holder's command and process id.
    """
    import fcntl

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        _take(file, fcntl.LOCK_EX)
        file.seek(0)
        file.truncate()
        file.write(f"mlopsctl {command} (process {os.getpid()})")
        file.flush()
        yield


def check_unlocked(path: Path) -> None:
    """Raises MlopsctlError, as `locked` does, where somebody holds the lock. The file stays as it is."""
    import fcntl

    with path.open(encoding="utf-8") as file:
        _take(file, fcntl.LOCK_SH)


def _take(file: TextIO, how: int) -> None:
    import fcntl

    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "another mlopsctl"
        raise MlopsctlError(
            f"{holder} is at work in this home.",
            hint="wait until it has ended, or end it with the process id shown",
            code="locked",
        ) from None
