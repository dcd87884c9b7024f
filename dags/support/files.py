"""Where pipelines keep the files that their tasks hand to each other, and on which machines these tasks can run.

With `mlopsctl setup --storage URL`, files are in a storage that all machines reach: a folder, or S3 through Airflow's
object storage. Otherwise they are in the home of the platform. Paths are pathlib.Path, or Airflow's ObjectStoragePath,
which has the same methods.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STORAGE, HOME, HEAD_QUEUE = "MLOPSCTL_STORAGE", "MLOPSCTL_HOME", "MLOPSCTL_HEAD_QUEUE"


def on_head() -> dict[str, Any]:
    """Arguments of a task that needs the home of the platform: `@task(**on_head())`. If tasks run on several machines,
    it runs on the one with the home."""
    queue = os.environ.get(HEAD_QUEUE)
    return {"queue": queue} if queue else {}


def near_files() -> dict[str, Any]:
    """Arguments of a task that reads or writes files of `shared_folder`: it runs where they are."""
    return {} if os.environ.get(STORAGE) else on_head()


def shared_folder(*names: str) -> Any:
    """A folder of the storage, or of the home if there is no storage. Raises KeyError if there is no home either."""
    return to_path(os.environ.get(STORAGE) or os.environ[HOME]).joinpath(*names)


def to_path(text: str) -> Any:
    """The path that a text was made of, such as one that another task returned."""
    scheme, separator, rest = text.partition("://")
    if separator and scheme != "file":
        from airflow.sdk import ObjectStoragePath

        return ObjectStoragePath(text)
    return Path(rest if separator else text)


def write_file(path: Any, content: bytes) -> None:
    """Write a file so that readers never see a part of it, which an object storage ensures by itself."""
    if not isinstance(path, Path):
        path.write_bytes(content)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(path)


@contextmanager
def local_folder(folder: Any) -> Iterator[Path]:
    """A folder of this machine to write to. If `folder` is in an object storage, the files are copied there at the
    end."""
    if isinstance(folder, Path):
        yield folder
        return
    with tempfile.TemporaryDirectory() as temporary:
        written = Path(temporary, folder.name)
        yield written
        for file in filter(Path.is_file, written.rglob("*")):
            folder.joinpath(*file.relative_to(written).parts).write_bytes(file.read_bytes())
