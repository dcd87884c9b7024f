"""Which versions of a model there are and what was decided about them, in mlops_meta. Files: `store`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support import feature_store

SQL = Path(__file__).parent / "sql"
CHAMPION, REJECTED = "champion", "rejected"
LONGEST_REASON, LONGEST_NAME = 500, 250  # characters that mlops_meta.model_decisions holds


class UnknownVersion(Exception):
    """A version that is not registered; a sentence."""


@dataclass(frozen=True)
class Entry:
    """A registered version. Days are YYYYMMDD; `artifact` is a path below the store, `checksum` its SHA-256."""

    version: str
    artifact: str
    checksum: str
    features: tuple[str, ...]
    data_from: str
    data_to: str
    cutoff: str
    metrics: dict[str, Any]


def champion(name: str) -> str | None:
    """The version that predicts now, if there is one: that of the last decision for a champion."""
    return _one(name, "champion.sql")


def champion_before(name: str, version: str) -> str | None:
    """The version that was champion before `version` became it for the last time."""
    found = feature_store.rows(
        feature_store.sql(SQL / "champion_before.sql"), {"model_name": name, "model_version": version}
    )
    return str(found[0][0]) if found else None


def challenger(name: str) -> str | None:
    """The newest version about which nothing has been decided, if there is one."""
    return _one(name, "challenger.sql")


def entry(name: str, version: str) -> Entry:
    """What is recorded of a version. Raises UnknownVersion."""
    for found in entries(name):
        if found.version == version:
            return found
    raise UnknownVersion(f"there is no version {version} of {name}: `mlopsctl models list` shows those that are.")


def entries(name: str) -> list[Entry]:
    """All registered versions of a model, oldest first."""
    found = feature_store.rows(feature_store.sql(SQL / "entries.sql"), {"model_name": name})
    return [
        Entry(version, artifact, checksum, tuple(json.loads(features)), start, end, cutoff, json.loads(metrics))
        for version, artifact, checksum, features, start, end, cutoff, metrics in found
    ]


def last_decision(name: str, version: str) -> str | None:
    """What was decided on a version last, and why, if anything was."""
    found = feature_store.rows(
        feature_store.sql(SQL / "last_decision.sql"), {"model_name": name, "model_version": version}
    )
    return f"{found[0][0]}: {found[0][1]}" if found else None


def append(name: str, by: str, *decisions: tuple[str, str, str]) -> None:
    """Record decisions, all of them or none: version, CHAMPION or REJECTED, reason. Earlier ones are never changed."""
    with feature_store.transaction() as cursor:
        for version, decision, reason in decisions:
            row = {
                "model_name": name,
                "model_version": version,
                "decision": decision,
                "reason": reason[:LONGEST_REASON],
                "decided_by": by[:LONGEST_NAME],
            }
            cursor.execute(feature_store.sql(SQL / "append_decision.sql"), row)


def next_version(earlier: Sequence[Entry], features: Sequence[str], cutoff: str) -> str:
    """MAJOR: other features than the newest has. MINOR: another cut-off. PATCH: a cut-off that was trained before."""
    if not earlier:
        return "1.0.0"
    newest = max(earlier, key=lambda e: numbers(e.version))
    major = numbers(newest.version)[0]
    if set(newest.features) != set(features):
        return f"{major + 1}.0.0"
    of_major = [e for e in earlier if numbers(e.version)[0] == major]
    if again := [numbers(e.version) for e in of_major if e.cutoff == cutoff]:
        _, minor, patch = max(again)
        return f"{major}.{minor}.{patch + 1}"
    return f"{major}.{numbers(newest.version)[1] + 1}.0"


def numbers(version: str) -> tuple[int, int, int]:
    """MAJOR, MINOR and PATCH, which sort as numbers."""
    major, minor, patch = map(int, version.split("."))
    return major, minor, patch


def _one(name: str, file: str) -> str | None:
    found = feature_store.rows(feature_store.sql(SQL / file), {"model_name": name})
    return str(found[0][0]) if found else None
