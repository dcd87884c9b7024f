"""Whether this machine reaches a storage."""

import shlex
import tempfile
from pathlib import Path

from mlopsctl.adapters.airflow.programs import AirflowPrograms
from mlopsctl.core import storage
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint


def check_folder(url: str) -> None:
    """Whether the folder of a `file://` storage can be used; one of another kind is not looked at. Raises
    MlopsctlError. Nothing is left behind."""
    if not (folder := storage.folder(url)):
        return
    path = shlex.quote(str(folder))
    if not folder.is_dir():
        hint = Hint(line=f"mkdir -p {path}", note="and mount there what all hosts share")
        raise MlopsctlError(f"the folder {folder} of the storage does not exist.", hint=hint, code="storage")
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\n")
    except OSError as e:
        hint = Hint(line=f"ls -ld {path}", note="this user must be able to write there")
        raise MlopsctlError(f"cannot write to the storage {folder}: {e.strerror}.", hint=hint, code="storage") from e


def mark(folder: Path) -> None:
    """Leave a mark in the folder of a storage, and make its folders."""
    for name in ("", "xcom", "models", "data"):
        (folder / name).mkdir(exist_ok=True)
    (folder / storage.MARK).touch()


def check_same_folder(url: str, head: str) -> None:
    """Whether the folder is that of the head, and not one of this machine with the same path. Raises MlopsctlError."""
    folder = storage.folder(url)
    if folder and not (folder / storage.MARK).exists():
        hint = Hint(line=f"findmnt --target {shlex.quote(str(folder))}", note="mount it as on the head")
        raise MlopsctlError(
            f"{folder} is not the storage of {head}: {storage.MARK} is missing there.", hint=hint, code="storage"
        )


def check_object_storage(airflow: AirflowPrograms, url: str) -> None:
    """Write and delete an object, with the managed Airflow. Raises MlopsctlError."""
    failure = airflow.run_script("storage", {"check": url})["failure"]
    if not failure:
        return
    connection = storage.connection(url)
    hint = (
        Hint.of("connection", "set", connection, "--type", "aws", "--login", "KEY-ID")
        if connection
        else Hint.of("setup", "--storage", url.replace("://", "://CONNECTION@"), note="with an Airflow connection")
    )
    raise MlopsctlError(f"cannot write to the storage {url}: {failure.rstrip('.')}.", hint=hint, code="storage")
