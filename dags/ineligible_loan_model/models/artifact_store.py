"""The model files, in models/<name>/<version>/ of the storage, or of the home if there is no storage.

An artifact is only unpickled if its checksum is the registered one, because unpickling can run any code.
"""

import hashlib
import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

from support import files

from ineligible_loan_model.models import registry
from ineligible_loan_model.models.model_card import ModelCard, TrainedModel

ARTIFACT = "model.joblib"


class ArtifactError(Exception):
    """An artifact cannot be loaded, or must not be."""


def store_root() -> Any:
    """The folder of the store. Raises ArtifactError if there is none."""
    try:
        return files.shared_folder("models")
    except KeyError as e:
        raise ArtifactError(f"{e.args[0]} is not set. Set it to the home of the platform.") from None


def stage(model: TrainedModel, key: str) -> tuple[str, str]:
    """Write a model as an artifact without a version; return its path, relative to the store, and its SHA-256.

    `key` identifies the training run: a retry replaces its artifact. `publish.publish_version` assigns a version.
    """
    import joblib

    buffer = io.BytesIO()
    joblib.dump({"pipeline": model.pipeline, "card": asdict(model.card)}, buffer)
    content = buffer.getvalue()
    path = f"{model.card.name}/.staged/{hashlib.sha256(key.encode()).hexdigest()[:16]}/{ARTIFACT}"
    files.write_file(store_root() / path, content)
    return path, hashlib.sha256(content).hexdigest()


def artifact_path(name: str, version: str) -> str:
    """The path of a version's artifact, relative to the store."""
    return f"{name}/{version}/{ARTIFACT}"


def copy_to_version(staged: str, name: str, version: str) -> None:
    """Copy a staged artifact to the folder of a version. Call `discard_staged` once the version is recorded."""
    files.write_file(store_root() / artifact_path(name, version), (store_root() / staged).read_bytes())


def discard_staged(staged: str) -> None:
    """Remove a staged artifact."""
    path = store_root() / staged
    path.unlink(missing_ok=True)
    if isinstance(path, Path) and path.parent.exists():
        path.parent.rmdir()


def load_version(name: str, version: str) -> TrainedModel:
    """Load a registered model. Raises ArtifactError if it is unknown, outside the store, missing, or changed."""
    try:
        registered = registry.get_version(name, version)
    except registry.UnknownVersion as e:
        raise ArtifactError(str(e)) from None
    return load_file(registered.artifact, registered.checksum)


def load_file(artifact: str, checksum: str) -> TrainedModel:
    """Load the model in a file of the store, whose SHA-256 must be `checksum`. `artifact`: its path in the store.

    Raises ArtifactError, and has then not run any code of the file.
    """
    import joblib

    path = store_root() / artifact
    # resolve(): a symlink may lead out of the store.
    if not path.resolve().is_relative_to(store_root().resolve()):
        raise ArtifactError(f"{path} is outside the store {store_root()}, so it is not loaded.")
    try:
        content = path.read_bytes()
    except OSError as e:
        reason = e.strerror or type(e).__name__
        raise ArtifactError(f"Cannot read {path} ({reason}). Restore the file, or train again.") from e
    # The file is read once, so the checked content is the one that is unpickled.
    if (actual := hashlib.sha256(content).hexdigest()) != checksum:
        raise ArtifactError(
            f"{path} is not the file that was registered: its SHA-256 starts with {actual[:12]}, not {checksum[:12]}. "
            "Restore the file, or promote another version."
        )
    loaded = joblib.load(io.BytesIO(content))
    return TrainedModel(loaded["pipeline"], ModelCard(**loaded["card"]))
