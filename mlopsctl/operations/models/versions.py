"""Versions of trained models with their metrics, and what was decided about each; from the tables in mlops_meta."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, Literal

from mlopsctl.adapters.mariadb.client import MariaDB, Row
from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint

USUAL = "ineligible_loan_model"
# The first training, after the data that it needs: seed leaves alone what is there. No --date: a date has one run, and
# that may have had no data to train on.
TRAIN = (
    "mlopsctl seed --from 2023-06-01 --to 2024-02-29 && "
    f"""mlopsctl trigger {USUAL}_ct --conf '{{"base_dt": "20240301"}}' --unpause --wait"""
)
Role = Literal["champion", "challenger", "archived", "rejected"]

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
class Decision:
    """`decision`: champion or rejected."""

    version: str
    decision: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Version:
    """A model that was trained on the applications of `data_from` … `data_to`, with the labels known on `cutoff`.

    `artifact`: its file, below the store; `checksum`: the SHA-256 that this file had. `metrics`: as the training wrote
    them, see docs/models.md. `since`: when it got its role.
    """

    name: str
    version: str
    role: Role
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
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True)
class Model:
    """`versions`: the newest first; `decisions`: the oldest first."""

    name: str
    versions: tuple[Version, ...]
    decisions: tuple[Decision, ...]

    @property
    def champion(self) -> Version | None:
        return next((v for v in self.versions if v.role == "champion"), None)

    def version(self, number: str) -> Version:
        """Raises MlopsctlError where there is none."""
        for version in self.versions:
            if version.version == number:
                return version
        raise MlopsctlError(
            f"{self.name} has no version {number!r}.", hint=Hint.of("models", "list", "--all"), code="unknown-version"
        )


def read(db: MariaDB, timezone: str) -> list[Model]:
    """All models by name; instants are in `timezone`. Raises MlopsctlError."""
    zone = dates.zone(timezone)
    with db.bare.session() as session:
        rows, decided = session.query(_VERSIONS), session.query(_DECISIONS)
    models = []
    for name in dict.fromkeys(row[0] for row in rows):
        decisions = tuple(_decision(row, zone) for row in decided if row[0] == name)
        versions = tuple(_version(row, decisions, zone) for row in rows if row[0] == name)
        models.append(Model(name, versions, decisions))
    return models


def find(models: Sequence[Model], name: str | None) -> Model:
    """The model of that name; without one the usual, or the only. Raises MlopsctlError."""
    wanted = name or (models[0].name if len(models) == 1 else USUAL)
    for model in models:
        if model.name == wanted:
            return model
    if not models:
        raise MlopsctlError("no model has been trained yet.", hint=TRAIN, code="no-model")
    names = ", ".join(model.name for model in models)
    hint = Hint.of("models", "list", "--model", models[0].name)
    if name:
        raise MlopsctlError(f"there is no model {name!r}; there are {names}.", hint=hint, code="unknown-model")
    raise MlopsctlError(f"there are several models: {names}.", hint=hint, code="which-model")


def _decision(row: Row, zone: tzinfo) -> Decision:
    _, version, decision, reason, by, at = row
    return Decision(version, decision, reason, by, _instant(at, zone))


def _version(row: Row, decisions: Sequence[Decision], zone: tzinfo) -> Version:
    name, version, artifact, checksum, features, first, last, rows, registered, metrics, cutoff, started, finished = row
    where = f"{name} {version}"
    born = _instant(registered, zone)
    role, since = role_of(version, born, decisions)
    return Version(
        name, version, role, since, artifact, checksum, tuple(_json(features, where) or ()), _day(first), _day(last),
        rows, born, _day(cutoff) if cutoff else None, _instant(started, zone) if started else None,
        _instant(finished, zone) if finished else None, _json(metrics, where),
        tuple(d for d in decisions if d.version == version),
    )  # fmt: skip


def role_of(version: str, born: datetime, decisions: Sequence[Decision]) -> tuple[Role, datetime]:
    """The role of a version, and since when it has it.

    The last 'champion' names the champion; but one that was rejected since (its canary failed) is champion no more.
    """
    last_no = {d.version: n for n, d in enumerate(decisions) if d.decision != "champion"}
    reigns = [d for n, d in enumerate(decisions) if d.decision == "champion" and n > last_no.get(d.version, -1)]
    own = [d for d in decisions if d.version == version]
    if not own:
        return "challenger", born
    if own[-1].decision != "champion":
        return "rejected", own[-1].at
    if reigns[-1].version == version:
        others = [n for n, d in enumerate(reigns) if d.version != version]
        return "champion", reigns[others[-1] + 1 if others else 0].at
    last = max(n for n, d in enumerate(reigns) if d.version == version)
    return "archived", reigns[last + 1].at


def _instant(seconds: Any, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(float(seconds), zone)


def _day(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError as e:
        raise MlopsctlError(
            f"{word!r} in mlops_meta.model_versions is no day: {e}.",
            hint="mlopsctl db shell features -- -e 'SELECT * FROM mlops_meta.model_versions'",
            code="wrong-schema",
        ) from e


def _json(text: str | None, where: str) -> Any:
    """NULL is None; so is what a training that was killed has not written. Raises MlopsctlError."""
    try:
        return json.loads(text) if text else None
    except ValueError as e:
        raise MlopsctlError(
            f"what the training wrote about {where} is not JSON: {e}.",
            hint="look at it: mlopsctl db shell features -- -e 'SELECT * FROM mlops_meta.model_ct_log\\G'",
            code="wrong-metrics",
        ) from e
