"""The files of models, in $MLOPSCTL_HOME/models/<name>/<version>/. An artifact is unpickled only if it is the one that
was registered: what is unpickled can run anything.
"""

import hashlib
import io
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ineligible_loan_model.models import registry
from ineligible_loan_model.models.card import Card, Model

ARTIFACT = "model.joblib"


class StoreError(Exception):
    """An artifact that must not be, or cannot be, loaded; a sentence with the reason."""


def root() -> Path:
    """The store of this home. Raises StoreError where no home is named."""
    if not (home := os.environ.get("MLOPSCTL_HOME")):
        raise StoreError("MLOPSCTL_HOME is not set, so nobody knows where the models are: set it to the home.")
    return Path(home) / "models"


def save(pipeline: Any, card: Card, key: str) -> tuple[Path, str]:
    """Write a fitted pipeline as an artifact of no version yet; its path, and the SHA-256 of its content.

    `key` names the training (the run): when it is tried again, its artifact is replaced. `publish` gives it a version.
    """
    import joblib

    buffer = io.BytesIO()
    joblib.dump({"pipeline": pipeline, "card": asdict(card)}, buffer)
    content = buffer.getvalue()
    path = root() / card.name / ".staged" / hashlib.sha256(key.encode()).hexdigest()[:16] / ARTIFACT
    write(path, content)
    return path, hashlib.sha256(content).hexdigest()


def write(path: Path, content: bytes) -> None:
    """Beside, then renamed into place: readers see all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(path)


def artifact_of(name: str, version: str) -> str:
    """Where a version's artifact is, below the store."""
    return f"{name}/{version}/{ARTIFACT}"


def publish(staged: Path, name: str, version: str) -> None:
    """Copy a staged artifact to its place as a version; `discard` follows, once that is recorded."""
    write(root() / artifact_of(name, version), staged.read_bytes())


def discard(staged: Path) -> None:
    """Remove a staged artifact that has been published."""
    shutil.rmtree(staged.parent, ignore_errors=True)


def load(name: str, version: str) -> Model:
    """A registered model. Raises StoreError: unknown, outside the store, gone, or not what was registered."""
    try:
        entry = registry.entry(name, version)
    except registry.UnknownVersion as e:
        raise StoreError(str(e)) from None
    return read(root() / entry.artifact, entry.checksum)


def read(path: Path, checksum: str) -> Model:
    """The model in a file below the store whose SHA-256 is `checksum`. Raises StoreError, and has then run nothing."""
    import joblib

    # resolve: a link out of the store is outside too.
    if not path.resolve().is_relative_to(root().resolve()):
        raise StoreError(f"{path} is outside the store {root()}: no model is loaded from there.")
    try:
        content = path.read_bytes()
    except OSError as e:
        raise StoreError(f"{path} cannot be read ({e.strerror}): train again, or put the file back.") from e
    # What was checked is what is unpickled: the file is read once.
    if (found := hashlib.sha256(content).hexdigest()) != checksum:
        raise StoreError(
            f"{path} is not the file that was registered (its SHA-256 begins with {found[:12]}, not {checksum[:12]}), "
            "so it is not loaded: put the right file back, or promote another version."
        )
    kept = joblib.load(io.BytesIO(content))
    return Model(kept["pipeline"], Card(**kept["card"]))
