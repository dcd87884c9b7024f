"""A trained model becomes a version: file, page and rows, all of it or nothing."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support import feature_store

from ineligible_loan_model.models import page, registry, store
from ineligible_loan_model.models.card import Card


@dataclass(frozen=True)
class Training:
    """What a run has made: the staged artifact, its SHA-256, when it began (seconds since 1970), how it was judged."""

    artifact: Path
    checksum: str
    started: float
    metrics: dict[str, Any]


def register(name: str, training: Training) -> str:
    """The version that the training has got. Done again, after an answer that was lost, it is the same version.

    Raises store.StoreError where the staged artifact is not what was trained.
    """
    earlier = registry.entries(name)
    if done := next((entry for entry in earlier if entry.checksum == training.checksum), None):
        return done.version
    card = store.read(training.artifact, training.checksum).card
    version = registry.next_version(earlier, card.features, card.cutoff)
    with feature_store.transaction() as cursor:
        # First the rows: another run that chose the same number waits here, then fails, and has not touched the files.
        cursor.execute(feature_store.sql(registry.SQL / "insert_version.sql"), _version_row(card, training, version))
        cursor.execute(feature_store.sql(registry.SQL / "insert_log.sql"), _log_row(card, training, version))
        store.publish(training.artifact, name, version)
        page.publish(card, version, training.metrics)
    store.discard(training.artifact)
    return version


def _version_row(card: Card, training: Training, version: str) -> dict[str, object]:
    return {
        "model_name": card.name,
        "model_version": version,
        "artifact": store.artifact_of(card.name, version),
        "checksum": training.checksum,
        "features": json.dumps(card.features),
        "data_from": card.data_from,
        "data_to": card.data_to,
        "rows_trained": card.rows,
    }


def _log_row(card: Card, training: Training, version: str) -> dict[str, object]:
    return {
        "model_name": card.name,
        "model_version": version,
        "started": training.started,
        "metrics": json.dumps(training.metrics),
        "training_cutoff_date": card.cutoff,
    }
