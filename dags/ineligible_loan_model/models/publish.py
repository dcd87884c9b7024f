"""Turns a trained model into a registered version: artifact, HTML page and database rows."""

import json
from dataclasses import dataclass
from typing import Any

from support import feature_store

from ineligible_loan_model.models import artifact_store, registry, version_page
from ineligible_loan_model.models.model_card import ModelCard


@dataclass(frozen=True)
class TrainingResult:
    """The staged artifact, its SHA-256, the start time (Unix timestamp), and the metrics of a training."""

    artifact: str
    checksum: str
    started: float
    metrics: dict[str, Any]


def publish_version(name: str, training: TrainingResult) -> str:
    """Publish a training and return its version. Safe to call again: it returns the same version.

    Raises ArtifactError if the staged artifact has changed since the training.
    """
    earlier = registry.list_versions(name)
    if published := next((v for v in earlier if v.checksum == training.checksum), None):
        return published.version
    card = artifact_store.load_file(training.artifact, training.checksum).card
    version = registry.next_version(earlier, card.features, card.cutoff)
    with feature_store.transaction() as cursor:
        # The rows come first: another run with the same version number waits here, then fails before it writes files.
        for file, row in (
            ("insert_version.sql", _version_row(card, training, version)),
            ("insert_training_log.sql", _training_log_row(card, training, version)),
        ):
            cursor.execute(feature_store.read_statement(registry.SQL / file), row)
        artifact_store.copy_to_version(training.artifact, name, version)
        version_page.write(card, version, training.metrics)
    artifact_store.discard_staged(training.artifact)
    return version


def _version_row(card: ModelCard, training: TrainingResult, version: str) -> dict[str, object]:
    return {
        "model_name": card.name,
        "model_version": version,
        "artifact": artifact_store.artifact_path(card.name, version),
        "checksum": training.checksum,
        "features": json.dumps(card.features),
        "data_from": card.data_from,
        "data_to": card.data_to,
        "rows_trained": card.rows,
    }


def _training_log_row(card: ModelCard, training: TrainingResult, version: str) -> dict[str, object]:
    return {
        "model_name": card.name,
        "model_version": version,
        "started": training.started,
        "metrics": json.dumps(training.metrics),
        "training_cutoff_date": card.cutoff,
    }
