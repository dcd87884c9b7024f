"""The registered versions of a model and the decisions about them, in mlops_meta. Files: `artifact_store`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support import feature_store
from support.commands import mlopsctl_command

SQL = Path(__file__).parent / "sql"
CHAMPION, REJECTED = "champion", "rejected"
MAX_REASON, MAX_DECIDED_BY = 500, 250  # characters, in mlops_meta.model_decisions


class UnknownVersion(Exception):
    """The version is not registered."""


@dataclass(frozen=True)
class RegisteredVersion:
    """Days are YYYYMMDD. `artifact` is a path relative to the store, `checksum` its SHA-256."""

    version: str
    artifact: str
    checksum: str
    features: tuple[str, ...]
    data_from: str
    data_to: str
    cutoff: str
    metrics: dict[str, Any]


def current_champion(name: str) -> str | None:
    """The version used for predictions, if there is one: that of the last decision for a champion."""
    return _fetch_version("champion.sql", model_name=name)


def previous_champion(name: str, version: str) -> str | None:
    """The version that was champion before `version` last became champion."""
    return _fetch_version("previous_champion.sql", model_name=name, model_version=version)


def latest_challenger(name: str) -> str | None:
    """The latest version without a decision, if there is one."""
    return _fetch_version("challenger.sql", model_name=name)


def get_version(name: str, version: str) -> RegisteredVersion:
    """Raises UnknownVersion."""
    for registered in list_versions(name):
        if registered.version == version:
            return registered
    raise UnknownVersion(f"{name} has no version {version}. `{mlopsctl_command('models list')}` lists its versions.")


def list_versions(name: str) -> list[RegisteredVersion]:
    """All registered versions of a model, oldest first."""
    return [
        RegisteredVersion(
            version, artifact, checksum, tuple(json.loads(features)), start, end, cutoff, json.loads(metrics)
        )
        for version, artifact, checksum, features, start, end, cutoff, metrics in feature_store.fetch_rows(
            SQL / "list_versions.sql", {"model_name": name}
        )
    ]


def last_decision(name: str, version: str) -> str | None:
    """The last decision about a version and its reason, if there is one."""
    rows = feature_store.fetch_rows(SQL / "last_decision.sql", {"model_name": name, "model_version": version})
    return ": ".join(rows[0]) if rows else None


def record_decisions(name: str, decided_by: str, *decisions: tuple[str, str, str]) -> None:
    """Append decisions in one transaction. A decision is a version, CHAMPION or REJECTED, and the reason."""
    with feature_store.transaction() as cursor:
        for version, decision, reason in decisions:
            row = {
                "model_name": name,
                "model_version": version,
                "decision": decision,
                "reason": reason[:MAX_REASON],
                "decided_by": decided_by[:MAX_DECIDED_BY],
            }
            cursor.execute(feature_store.read_statement(SQL / "insert_decision.sql"), row)


def next_version(earlier: Sequence[RegisteredVersion], features: Sequence[str], cutoff: str) -> str:
    """MAJOR: other features than the highest version. MINOR: a new cutoff. PATCH: a cutoff that was used before."""
    if not earlier:
        return "1.0.0"
    highest = max(earlier, key=lambda v: parse_version(v.version))
    major, minor, _ = parse_version(highest.version)
    if set(highest.features) != set(features):
        return f"{major + 1}.0.0"
    same_cutoff = [parse_version(v.version) for v in earlier if v.cutoff == cutoff]
    if same_major := [numbers for numbers in same_cutoff if numbers[0] == major]:
        _, minor, patch = max(same_major)
        return f"{major}.{minor}.{patch + 1}"
    return f"{major}.{minor + 1}.0"


def parse_version(version: str) -> tuple[int, int, int]:
    """MAJOR, MINOR and PATCH, which compare as numbers."""
    major, minor, patch = map(int, version.split("."))
    return major, minor, patch


def _fetch_version(file: str, **parameters: str) -> str | None:
    version: str | None = feature_store.fetch_value(SQL / file, parameters)
    return version
