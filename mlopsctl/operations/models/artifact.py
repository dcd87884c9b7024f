"""The files of a version in the model store: the model, and a page about it."""

from pathlib import Path

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.states import ArtifactState
from mlopsctl.operations.models.promotion import check_artifact
from mlopsctl.operations.models.versions import ModelVersion

STATES = {
    "no-artifact": ArtifactState.MISSING,
    "wrong-checksum": ArtifactState.CHANGED,
    "foreign-artifact": ArtifactState.FOREIGN,
}


def state(store: Path, version: ModelVersion) -> ArtifactState:
    try:
        check_artifact(store, version)
    except MlopsctlError as e:
        return STATES[e.code]
    return ArtifactState.AS_RECORDED


def page(store: Path, version: ModelVersion) -> Path | None:
    """The HTML page that the training wrote next to the model, if it exists."""
    path = (store / version.artifact).with_name("page.html").resolve()
    return path if path.is_relative_to(store.resolve()) and path.is_file() else None
