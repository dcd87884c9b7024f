"""The DAG files of the head, for worker hosts: one archive, and a revision that says whether a host has the same."""

import gzip
import hashlib
import io
import shutil
import tarfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.operations.dags.files import folder_walk

MAX_BYTES = 256 * 2**20  # of all files; a link that leads to data or models would be sent to each host
REVISION_DIGITS = 12


def is_left_out(folder: Path) -> bool:
    """Environments, and what editors and git keep."""
    return folder_walk.is_venv(folder) or folder.name.startswith(".")


@dataclass
class DagFiles:
    """The files below a DAGs folder, links followed; also those that .airflowignore names, which a DAG file may
    import."""

    folder: Path
    _digests: dict[Path, tuple[tuple[int, int], str]] = field(default_factory=dict, init=False)

    def files(self) -> list[Path]:
        """Raises MlopsctlError if they are too many or too big."""
        found = sorted(folder_walk.walk(self.folder, is_left_out, obey_ignore_files=False).files)
        size = sum(path.stat().st_size for path in found)
        if size > MAX_BYTES:
            biggest = max(found, key=lambda path: path.stat().st_size)
            raise MlopsctlError(
                f"the DAGs folder has {size / 2**20:,.0f} MiB, and at most {MAX_BYTES / 2**20:.0f} are sent to workers;"
                f" the biggest file is {biggest.relative_to(self.folder)}.",
                hint=Hint.of("link", "list", note="move data out of the linked folders"),
                code="dags-too-big",
            )
        return found

    def revision(self) -> str:
        """A digest of the paths and contents. Raises MlopsctlError as files() does."""
        lines = [f"{path.relative_to(self.folder)}\0{self._digest(path)}\0" for path in self.files()]
        return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()[:REVISION_DIGITS]

    def _digest(self, path: Path) -> str:
        """Of the content. A file is read again only if its size or time has changed."""
        stat = path.stat()
        stamp = (stat.st_size, stat.st_mtime_ns)
        if self._digests.get(path, ((0, 0), ""))[0] != stamp:
            self._digests[path] = (stamp, hashlib.sha256(path.read_bytes()).hexdigest())
        return self._digests[path][1]

    def archive(self) -> bytes:
        """All files, as tar with gzip. Raises MlopsctlError as files() does."""
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w:gz", compresslevel=1, dereference=True) as tar:
            for path in self.files():
                tar.add(path, str(path.relative_to(self.folder)), recursive=False, filter=_plain)
        return content.getvalue()


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the owner. Two names of one file are two files: a worker host unpacks no links."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


@dataclass(frozen=True)
class ReceivedDagFiles:
    """On a worker host: `link` is the DAGs folder, and leads to the revision in use, a folder in `store`. A task that
    reads it meanwhile finds the old files or the new ones, never a part of both."""

    store: Path
    link: Path

    @property
    def revision(self) -> str:
        """The revision in use; empty if there is none yet."""
        return self.link.readlink().name if self.link.is_symlink() else ""

    def take(self, revision: str, archive: bytes) -> None:
        """Use the files of an archive. The revision before stays for tasks that are reading it; older ones are removed.

        Raises MlopsctlError if it is damaged, or has an entry that is no plain file below the folder.
        """
        before = self.revision
        folder, part = self.store / revision, self.store / f"{revision}.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        _unpack(archive, part)
        if not folder.exists():
            part.rename(folder)
        new = self.link.with_name(f"{self.link.name}.new")
        new.unlink(missing_ok=True)
        new.symlink_to(folder)
        new.replace(self.link)
        for other in self.store.iterdir():
            if other.name not in (revision, before):
                shutil.rmtree(other)


def _unpack(archive: bytes, folder: Path) -> None:
    try:
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(archive))) as tar:
            if other := next((entry.name for entry in tar if not entry.isfile()), ""):
                raise tarfile.TarError(f"{other!r} is no plain file")
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, EOFError, OSError, zlib.error) as e:
        message = f"the archive of DAG files is damaged: {e}."
        raise MlopsctlError(message, hint=Hint.of("restart", "agent"), code="dag-files") from e
