"""Logs of tasks that ran on worker hosts. Each host sends what was added to its files; on the head, they stand where
Airflow looks for them, also when the host is gone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from mlopsctl.core.errors import MlopsctlError, UsageError

PART = 2**20  # bytes that are sent at once
KEPT_SECONDS = 24 * 3600  # for which a host keeps a file that the head has
SUFFIX = ".log"
_NOT_SENT = "the file stays on the worker host"


@dataclass
class ReceivedLogs:
    """On the head. A host can add to the files that it began, and to no others. `folder`: Airflow's task logs.
    `begun`: a file with the paths that the host began, a line for each."""

    folder: Path
    begun: Path
    _own: set[str] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        if self.begun.exists():
            self._own = set(self.begun.read_text(encoding="utf-8").splitlines())

    def append(self, path: str, offset: int, content: bytes) -> int:
        """Add to a file, and return its size. If it has not `offset` bytes, nothing is added: the host continues from
        the size that it gets.

        Raises UsageError for a path that is not one of a log, MlopsctlError for a file of another host.
        """
        file = self.folder / _checked(path)
        size = file.stat().st_size if file.exists() else 0
        if path not in self._own:
            if size or file.exists():
                raise MlopsctlError(f"the log {path} was begun by another host.", hint=_NOT_SENT, code="foreign-log")
            self._begin(path, file)
        if size != offset:
            return size
        with file.open("ab") as log:
            log.write(content)
        return size + len(content)

    def _begin(self, path: str, file: Path) -> None:
        """The line is written first: a host may continue a file that was not made, but not one that it lost."""
        self.begun.parent.mkdir(parents=True, exist_ok=True)
        with self.begun.open("a", encoding="utf-8") as lines:
            lines.write(f"{path}\n")
        self._own.add(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(exist_ok=False)


def _checked(path: str) -> PurePosixPath:
    checked = PurePosixPath(path)
    is_plain = checked.parts and not checked.is_absolute() and not {"..", "~"} & set(checked.parts)
    if not is_plain or checked.suffix != SUFFIX or not path.isprintable() or str(checked) != path:
        raise UsageError(f"{path!r} is not the path of a log.", hint=_NOT_SENT)
    return checked


@dataclass
class SentLogs:
    """On a worker host. `folder`: where its tasks write. How much of a file was sent is only kept in memory: after a
    restart, the head says how much it has."""

    folder: Path
    _sent: dict[Path, int] = field(default_factory=dict, init=False)

    def parts(self) -> Iterator[tuple[str, int, bytes]]:
        """What is to be sent now: path, offset and content; at most one part of each file."""
        for file in sorted(self.folder.rglob(f"*{SUFFIX}")):
            offset = self._sent.get(file, 0)
            if file.stat().st_size > offset:
                with file.open("rb") as log:
                    log.seek(offset)
                    yield str(file.relative_to(self.folder)), offset, log.read(PART)

    def sent(self, path: str, size: int) -> None:
        """The head has `size` bytes of a file."""
        self._sent[self.folder / path] = size

    def remove_old(self, now: float) -> None:
        """Remove files that the head has and that nobody has written to for KEPT_SECONDS, and empty folders."""
        for file, size in list(self._sent.items()):
            stat = file.stat() if file.exists() else None
            if stat and (stat.st_size > size or stat.st_mtime > now - KEPT_SECONDS):
                continue
            file.unlink(missing_ok=True)
            del self._sent[file]
            for parent in file.relative_to(self.folder).parents[:-1]:
                if (self.folder / parent).is_dir() and not any((self.folder / parent).iterdir()):
                    (self.folder / parent).rmdir()
