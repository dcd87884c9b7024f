"""The model files, in $MLOPSCTL_HOME/models/<name>/<version>/.

An artifact is only unpickled if its checksum is the registered one, because unpickling can run any code.
"""

import hashlib
import io
import os
import shutil
from dataclasses import asdict
from pathlib import Path

from ineligible_loan_model.models import registry
from ineligible_loan_model.models.model_card import ModelCard, TrainedModel

ARTIFACT = "model.joblib"


class ArtifactError(Exception):
    """An artifact cannot be loaded, or must not be."""


def store_root() -> Path:
    """The folder of the store. Raises ArtifactError if MLOPSCTL_HOME is not set."""
    if not (home := os.environ.get("MLOPSCTL_HOME")):
        raise ArtifactError("MLOPSCTL_HOME is not set. Set it to the home of the platform.")
    return Path(home) / "models"


def stage(model: TrainedModel, key: str) -> tuple[Path, str]:
    """Write a model as an artifact without a version; return its path and SHA-256.

    `key` identifies the training run: a retry replaces its artifact. `publish.publish_version` assigns a version.
    """
    import joblib

    buffer = io.BytesIO()
    joblib.dump({"pipeline": model.pipeline, "card": asdict(model.card)}, buffer)
    content = buffer.getvalue()
    path = store_root() / model.card.name / ".staged" / hashlib.sha256(key.encode()).hexdigest()[:16] / ARTIFACT
    write_file(path, content)
    return path, hashlib.sha256(content).hexdigest()


def write_file(path: Path, content: bytes) -> None:
    """Write to a temporary file and rename it, so that readers never see a partial file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(path)


def artifact_path(name: str, version: str) -> str:
    """The path of a version's artifact, relative to the store."""
    return f"{name}/{version}/{ARTIFACT}"


def copy_to_version(staged: Path, name: str, version: str) -> None:
    """Copy a staged artifact to the folder of a version. Call `discard_staged` once the version is recorded."""
    write_file(store_root() / artifact_path(name, version), staged.read_bytes())


def discard_staged(staged: Path) -> None:
    """Remove a staged artifact."""
    shutil.rmtree(staged.parent, ignore_errors=True)


def load_version(name: str, version: str) -> TrainedModel:
    """Load a registered model. Raises ArtifactError if it is unknown, outside the store, missing, or changed."""
    try:
        registered = registry.get_version(name, version)
    except registry.UnknownVersion as e:
        raise ArtifactError(str(e)) from None
    return load_file(store_root() / registered.artifact, registered.checksum)


def load_file(path: Path, checksum: str) -> TrainedModel:
    """Load the model in a file of the store, whose SHA-256 must be `checksum`.

    Raises ArtifactError, and has then not run any code of the file.
    """
    import joblib

    # resolve(): a symlink may lead out of the store.
    if not path.resolve().is_relative_to(store_root().resolve()):
        raise ArtifactError(f"{path} is outside the store {store_root()}, so it is not loaded.")
    try:
        content = path.read_bytes()
    except OSError as e:
        raise ArtifactError(f"Cannot read {path} ({e.strerror}). Restore the file, or train again.") from e
    # The file is read once, so the checked content is the one that is unpickled.
    if (actual := hashlib.sha256(content).hexdigest()) != checksum:
        raise ArtifactError(
            f"{path} is not the file that was registered: its SHA-256 starts with {actual[:12]}, not {checksum[:12]}. "
            "Restore the file, or promote another version."
        )
    artifact = joblib.load(io.BytesIO(content))
    return TrainedModel(artifact["pipeline"], ModelCard(**artifact["card"]))
