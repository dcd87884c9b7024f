"""Another champion: the version that predictions are made with from then on. Decisions are added, never changed."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.files import sha256
from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step
from mlopsctl.operations.models.versions import Model, Version

REASON = 500  # characters that the table has room for
_INSERT = (
    "INSERT INTO mlops_meta.model_decisions (model_name, model_version, decision, reason, decided_by) "
    "VALUES (%s, %s, %s, %s, %s)"
)


@dataclass(frozen=True)
class Change:
    """`version` is to be champion instead of `before`, which, with `reject`, is never to be fallen back to."""

    version: Version
    before: Version | None
    reason: str
    reject: bool = False

    @property
    def needed(self) -> bool:
        return self.version.role != "champion"


def promotion(model: Model, number: str, reason: str) -> Change:
    """Raises MlopsctlError: no such version; UsageError: too long a reason."""
    return Change(model.version(number), model.champion, _checked(reason or "promoted by hand"))


def rollback(model: Model, reason: str) -> Change:
    """Back to the champion before, but to none that was rolled back from. Raises MlopsctlError where there is none."""
    now = model.champion
    before = [model.version(d.version) for d in model.decisions if d.decision == "champion"]
    before = [v for v in before if v.role == "archived"]
    if not now or not before:
        what = f"{now.version} is its first champion" if now else "it has no champion"
        raise MlopsctlError(
            f"{model.name} cannot be rolled back: {what}.",
            hint=Hint.of("models", "promote", "VERSION"),
            code="no-champion-before",
        )
    return Change(before[-1], now, _checked(reason or f"rolled back from {now.version} by hand"), reject=True)


def _checked(reason: str) -> str:
    if len(reason) > REASON:
        raise UsageError(
            f"the reason has {len(reason)} characters, and there is room for {REASON}.",
            hint=f"say it in {REASON} characters",
        )
    return reason


def check_artifact(store: Path, version: Version) -> Path:
    """The file of a model. Raises MlopsctlError: not in the store, missing, not the one that was trained."""
    path = (store / version.artifact).resolve()
    hint = f"choose another version (mlopsctl models list), or train: mlopsctl trigger {version.name}_ct --wait"
    what = f"the file of {version.name} {version.version}"
    if not path.is_relative_to(store.resolve()):
        raise MlopsctlError(f"{what}, {path}, is not in the store {store}.", hint=hint, code="foreign-artifact")
    if not path.is_file():
        raise MlopsctlError(f"{what} is not there: {path}.", hint=hint, code="no-artifact")
    if sha256(path) != version.checksum:
        raise MlopsctlError(
            f"{what} is not the one that was trained: the SHA-256 of {path} differs from the recorded one.",
            hint=hint,
            code="wrong-checksum",
        )
    return path


def plan(change: Change, store: Path) -> Plan:
    """Raises MlopsctlError where the model's file is not as it was recorded."""
    check_artifact(store, change.version)
    asks = ""
    if change.needed and change.version.role == "rejected":
        last = change.version.decisions[-1]
        asks = f"Version {last.version} was rejected on {last.at:%Y-%m-%d}: {last.reason.rstrip('.')}. Promote it?"
    what = f"{change.version.version} instead of {_number(change.before)}" if change.needed else ""
    return Plan((PlannedStep("champion", what),), asks=asks)


def run(change: Change, store: Path, db: MariaDB, by: str) -> Iterator[Step]:
    """`by`: who decides. Raises MlopsctlError."""
    began = time.monotonic()
    check_artifact(store, change.version)
    number = change.version.version
    if not change.needed:
        yield Step("champion", StepState.OK, f"{number} is it already", time.monotonic() - began)
        return
    with db.bare.session() as session, session.transaction():
        if change.reject and change.before:
            row = (change.before.name, change.before.version, "rejected", change.reason, by)
            session.run(_INSERT, row)
        session.run(_INSERT, (change.version.name, number, "champion", change.reason, by))
    yield Step("champion", StepState.CHANGED, f"{number} instead of {_number(change.before)}", time.monotonic() - began)


def _number(version: Version | None) -> str:
    return version.version if version else "none"
