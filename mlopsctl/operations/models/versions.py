"""Versions of trained models with their metrics and the decisions about them, from the tables in mlops_meta."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from mlopsctl.adapters.mariadb.client import MariaDB, Row
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import ModelRole

DEFAULT_MODEL = "ineligible_loan_model"
# The first training, after seeding the data that it needs; seed keeps existing data. The training date is in --conf and
# not --date, because a date has one run, and an earlier one may have failed for lack of data.
FIRST_TRAINING = Hint.of("seed", "--from", "2023-06-01", "--to", "2024-02-29").followed_by(
    "trigger", f"{DEFAULT_MODEL}_ct", "--conf", '{"base_dt": "20240301"}', "--unpause", "--wait"
)

_VERSIONS = """
    SELECT v.model_name, v.model_version, v.artifact, v.checksum, v.features, v.data_from, v.data_to, v.rows_trained,
           UNIX_TIMESTAMP(v.registered_time), l.metrics, l.training_cutoff_date,
           UNIX_TIMESTAMP(l.started_time), UNIX_TIMESTAMP(l.finished_time)
    FROM mlops_meta.model_versions v LEFT JOIN mlops_meta.model_ct_log l USING (model_name, model_version)
    ORDER BY v.model_name, v.registered_time DESC
"""
_DECISIONS = """
    SELECT model_name, model_version, decision, reason, decided_by, UNIX_TIMESTAMP(decided_time)
    FROM mlops_meta.model_decisions ORDER BY id
"""


@dataclass(frozen=True)
class ModelDecision:
    """`decision`: `champion`; anything else is a rejection."""

    version: str
    decision: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class ModelVersion:
    """A model trained on the applications from `data_from` to `data_to`, with the labels known on `cutoff`.

    `artifact`: its file, relative to the model store; `checksum`: the file's SHA-256 after the training. `metrics`: as
    the training wrote them, see docs/models.md. `since`: when it got its role.
    """

    name: str
    version: str
    role: ModelRole
    since: datetime
    artifact: str
    checksum: str
    features: tuple[str, ...]
    data_from: date
    data_to: date
    rows: int
    registered: datetime
    cutoff: date | None = None
    started: datetime | None = None
    finished: datetime | None = None
    metrics: Mapping[str, Any] | None = None
    decisions: tuple[ModelDecision, ...] = ()


@dataclass(frozen=True)
class RegisteredModel:
    """`versions`: newest first. `decisions`: oldest first."""

    name: str
    versions: tuple[ModelVersion, ...]
    decisions: tuple[ModelDecision, ...]

    @property
    def champion(self) -> ModelVersion | None:
        return next((v for v in self.versions if v.role == ModelRole.CHAMPION), None)

    def version(self, number: str) -> ModelVersion:
        """Raises MlopsctlError if there is no such version."""
        for version in self.versions:
            if version.version == number:
                return version
        raise MlopsctlError(
            f"{self.name} has no version {number!r}.", hint=Hint.of("models", "list", "--all"), code="unknown-version"
        )


def read(db: MariaDB, timezone: str) -> list[RegisteredModel]:
    """All models by name; times are in `timezone`. Raises MlopsctlError."""
    zone = dates.load_timezone(timezone)
    with db.without_database.session() as session:
        rows, decision_rows = session.query(_VERSIONS), session.query(_DECISIONS)
    models = []
    for name in dict.fromkeys(row[0] for row in rows):
        decisions = tuple(_decision(row, zone) for row in decision_rows if row[0] == name)
        versions = tuple(_version(row, decisions, zone) for row in rows if row[0] == name)
        models.append(RegisteredModel(name, versions, decisions))
    return models


def find(models: Sequence[RegisteredModel], name: str | None) -> RegisteredModel:
    """The model of that name; without one, the only model or the default one. Raises MlopsctlError."""
    wanted = name or (models[0].name if len(models) == 1 else DEFAULT_MODEL)
    for model in models:
        if model.name == wanted:
            return model
    if not models:
        raise MlopsctlError("no model has been trained yet.", hint=FIRST_TRAINING, code="no-model")
    names = ", ".join(model.name for model in models)
    hint = Hint.of("models", "list", "--model", models[0].name)
    if name:
        raise MlopsctlError(f"there is no model {name!r}; the models are: {names}.", hint=hint, code="unknown-model")
    raise MlopsctlError(f"there are several models; choose one with --model: {names}.", hint=hint, code="which-model")


def _decision(row: Row, zone: tzinfo) -> ModelDecision:
    _, version, decision, reason, by, at = row
    return ModelDecision(version, decision, reason, by, _time(at, zone))


def _version(row: Row, decisions: Sequence[ModelDecision], zone: tzinfo) -> ModelVersion:
    name, version, artifact, checksum, features, first, last, rows, registered, metrics, cutoff, started, finished = row
    label = f"{name} {version}"
    registered_at = _time(registered, zone)
    role, since = role_of(version, registered_at, decisions)
    return ModelVersion(
        name, version, role, since, artifact, checksum, tuple(_json(features, label) or ()), _day(first), _day(last),
        rows, registered_at, _day(cutoff) if cutoff else None, _time(started, zone) if started else None,
        _time(finished, zone) if finished else None, _json(metrics, label),
        tuple(d for d in decisions if d.version == version),
    )  # fmt: skip


def role_of(version: str, registered: datetime, decisions: Sequence[ModelDecision]) -> tuple[ModelRole, datetime]:
    """The role of a version, and since when it has it.

    The last promoted version is the champion, unless it has been rejected since (its canary failed).
    """
    last_rejection = {d.version: n for n, d in enumerate(decisions) if d.decision != ModelRole.CHAMPION}
    promotions = [
        d for n, d in enumerate(decisions) if d.decision == ModelRole.CHAMPION and n > last_rejection.get(d.version, -1)
    ]
    own = [d for d in decisions if d.version == version]
    if not own:
        return ModelRole.CHALLENGER, registered
    if own[-1].decision != ModelRole.CHAMPION:
        return ModelRole.REJECTED, own[-1].at
    if promotions[-1].version == version:
        others = [n for n, d in enumerate(promotions) if d.version != version]
        return ModelRole.CHAMPION, promotions[others[-1] + 1 if others else 0].at
    last = max(n for n, d in enumerate(promotions) if d.version == version)
    return ModelRole.ARCHIVED, promotions[last + 1].at


def _time(seconds: Any, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(float(seconds), zone)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as e:
        raise MlopsctlError(
            f"{text!r} in mlops_meta.model_versions is not a date: {e}.",
            hint=Hint.of("db", "shell", "features", "--", "-e", "SELECT * FROM mlops_meta.model_versions"),
            code="wrong-schema",
        ) from e


def _json(text: str | None, label: str) -> Any:
    """None for NULL, which a training that was killed leaves behind. Raises MlopsctlError."""
    try:
        return json.loads(text) if text else None
    except ValueError as e:
        raise MlopsctlError(
            f"what the training recorded about {label} is not valid JSON: {e}.",
            hint=Hint.of("db", "shell", "features", "--", "-e", r"SELECT * FROM mlops_meta.model_ct_log\G"),
            code="wrong-metrics",
        ) from e
