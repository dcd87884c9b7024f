"""Logs of tasks that ran on worker hosts. Each host sends what was added to its files; on the head, they stand where
Airflow looks for them, also when the host is gone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from mlopsctl.core.errors import UsageError

PART = 2**20  # bytes that are sent at once
KEPT_SECONDS = 24 * 3600  # for which a host keeps a file that the head has
SUFFIX = ".log"
TASKS = "dag_id="  # how the paths begin, by [logging] log_filename_template
_NOT_SENT = "the file stays on the worker host"


@dataclass(frozen=True)
class ReceivedLogs:
    """On the head, those of one host. `folder`: Airflow's task logs.

    Each file has the name of the host at its end: `attempt=1.log.w1.log`. Airflow shows all files that begin with the
    name of a log, by the time of their lines. A sensor that waits continues the same try on another host, and a host
    cannot write into what another one has written.
    """

    folder: Path
    host: str

    def append(self, path: str, offset: int, content: bytes) -> int:
        """Add to a file, and return its size. If it has not `offset` bytes, nothing is added: the host continues from
        the size that it gets.

        Raises UsageError for a path that is not one of a task's log.
        """
        file = self.folder / f"{_checked(path)}.{self.host}{SUFFIX}"
        size = file.stat().st_size if file.exists() else 0
        if size != offset:
            return size
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as log:
            log.write(content)
        return size + len(content)


def _checked(path: str) -> PurePosixPath:
    """Only those of tasks: other logs in this folder are the head's own."""
    checked = PurePosixPath(path)
    is_plain = path.startswith(TASKS) and not {"..", "~"} & set(checked.parts)
    if not is_plain or checked.suffix != SUFFIX or not path.isprintable() or str(checked) != path:
        raise UsageError(f"{path!r} is not the path of a task's log.", hint=_NOT_SENT)
    return checked


@dataclass
class SentLogs:
    """On a worker host. `folder`: where its tasks write. How much of a file was sent is only kept in memory: after a
    restart, the head says how much it has."""

    folder: Path
    _sent: dict[Path, int] = field(default_factory=dict, init=False)
    _refused: set[Path] = field(default_factory=set, init=False)

    def parts(self) -> Iterator[tuple[str, int, bytes]]:
        """What is to be sent now: path, offset and content; at most one part of each file."""
        for file in sorted(self.folder.glob(f"{TASKS}*/**/*{SUFFIX}")):
            offset = self._sent.get(file, 0)
            if file not in self._refused and file.stat().st_size > offset:
                with file.open("rb") as log:
                    log.seek(offset)
                    yield str(file.relative_to(self.folder)), offset, log.read(PART)

    def sent(self, path: str, size: int) -> None:
        """The head has `size` bytes of a file."""
        self._sent[self.folder / path] = size

    def refused(self, path: str) -> None:
        """The head does not take this file. It is not sent again, so that the others are."""
        self._refused.add(self.folder / path)

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
