"""Choosing another champion, the version that predictions are made with. Decisions are added, never changed."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.files import sha256
from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message
from mlopsctl.core.states import ModelRole, StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.models.versions import ModelVersion, RegisteredModel

MAX_REASON = 500  # characters; the size of the column
_INSERT = (
    "INSERT INTO mlops_meta.model_decisions (model_name, model_version, decision, reason, decided_by) "
    "VALUES (%s, %s, %s, %s, %s)"
)


@dataclass(frozen=True)
class ChampionChange:
    """`version` becomes the champion instead of `before`. `reject`: `before` is rejected, so that no rollback ever
    returns to it."""

    version: ModelVersion
    before: ModelVersion | None
    reason: str
    reject: bool = False

    @property
    def needed(self) -> bool:
        return self.version.role != ModelRole.CHAMPION


def promotion(model: RegisteredModel, number: str, reason: str) -> ChampionChange:
    """Raises MlopsctlError if there is no such version, UsageError if the reason is too long."""
    return ChampionChange(model.version(number), model.champion, _checked(reason or "promoted by hand"))


def rollback(model: RegisteredModel, reason: str) -> ChampionChange:
    """To the previous champion, but never to one that was rolled back from. Raises MlopsctlError if there is none."""
    champion = model.champion
    previous = [model.version(d.version) for d in model.decisions if d.decision == ModelRole.CHAMPION]
    previous = [v for v in previous if v.role == ModelRole.ARCHIVED]
    if not champion or not previous:
        why = f"{champion.version} is its first champion" if champion else "it has no champion"
        raise MlopsctlError(
            f"{model.name} cannot be rolled back: {why}.",
            hint=Hint.of("models", "promote", "VERSION"),
            code="no-champion-before",
        )
    reason = _checked(reason or f"rolled back from {champion.version} by hand")
    return ChampionChange(previous[-1], champion, reason, reject=True)


def _checked(reason: str) -> str:
    if len(reason) > MAX_REASON:
        raise UsageError(
            f"the reason is too long: {len(reason)} characters instead of at most {MAX_REASON}.",
            hint=f"shorten it to {MAX_REASON} characters",
        )
    return reason


def check_artifact(store: Path, version: ModelVersion) -> Path:
    """The file of a model. Raises MlopsctlError if it is outside of the store, missing, or not the trained one."""
    path = (store / version.artifact).resolve()
    hint = Hint.of(
        "models", "list", note="choose another version; or train a new one:",
        other=("trigger", f"{version.name}_ct", "--wait"),
    )  # fmt: skip
    name = f"{version.name} {version.version}"
    if not path.is_relative_to(store.resolve()):
        raise MlopsctlError(
            f"the file of {name}, {path}, is outside of the model store {store}.", hint=hint, code="foreign-artifact"
        )
    if not path.is_file():
        raise MlopsctlError(f"the file of {name} is missing: {path}.", hint=hint, code="no-artifact")
    if sha256(path) != version.checksum:
        raise MlopsctlError(
            f"the file of {name} has changed since the training: the SHA-256 of {path} differs from the recorded one.",
            hint=hint,
            code="wrong-checksum",
        )
    return path


def plan(change: ChampionChange, store: Path) -> Plan:
    """Raises MlopsctlError if the model's file is not the recorded one."""
    check_artifact(store, change.version)
    question = ""
    notes: tuple[Message, ...] = ()
    if change.version.role == ModelRole.REJECTED:
        last = change.version.decisions[-1]
        question = f"Promote the rejected version {last.version}?"
        notes = (Message.warning(f"version {last.version} was rejected on {last.at:%Y-%m-%d}: {last.reason}"),)
    step = PlannedStep("champion", _replacement(change) if change.needed else "")
    return Plan((step,), asks=question, notes=notes)


def run(change: ChampionChange, store: Path, db: MariaDB, by: str) -> Iterator[Step]:
    """`by`: who made the decision. Raises MlopsctlError."""
    began = time.monotonic()
    check_artifact(store, change.version)
    number = change.version.version
    if not change.needed:
        yield Step("champion", StepState.OK, f"{number} is already the champion", time.monotonic() - began)
        return
    with db.without_database.session() as session, session.transaction():
        if change.reject and change.before:
            row = (change.before.name, change.before.version, ModelRole.REJECTED.value, change.reason, by)
            session.run(_INSERT, row)
        session.run(_INSERT, (change.version.name, number, ModelRole.CHAMPION.value, change.reason, by))
    yield Step("champion", StepState.CHANGED, _replacement(change), time.monotonic() - began)


def _replacement(change: ChampionChange) -> str:
    return f"{change.version.version} instead of {change.before.version if change.before else 'none'}"
