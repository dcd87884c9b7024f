"""Keys and passwords: there, this home's own, and nobody else's to read."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from secrets import token_urlsafe

from mlopsctl.adapters.files import write
from mlopsctl.core.paths import default_home
from mlopsctl.operations.doctor.check import Check, Finding
from mlopsctl.operations.doctor.configuration import OPTION_OF, bring_back_keys, kept_keys, read_cfg, write_cfg
from mlopsctl.operations.doctor.context import Place

# Keys that stand in documentation, images and tutorials.
KNOWN = {
    "46BKJoQYlPPOexq0OhDZnIlNepKFf87WFwLbfzqDDho=",
    "81HqDtbqAywKSOumSha3BhWNOdQ26slT6K0YaZeZyPs=",
    "a25mQ1FHTUh3MnFRSk5KMEIyVVU2YmN0VGRyYTVXY08=",
    "temporary_key",
}
MADE_ANEW = ("api-secret", "jwt-secret")  # nothing that lasts is written with them
SHORT = 16  # letters; shorter ones are guessed


def keys(place: Place) -> Iterator[Finding]:
    cfg = read_cfg(place)
    others = _other_homes(place)
    for name, key in OPTION_OF.items():
        for wrong in _wrong(name, cfg.get(key, ""), others):
            hint = _DECIDE if name == "fernet-key" else ""
            yield Finding(f"[{key[0]}] {key[1]} in airflow.cfg is {wrong}.", hint, about=name, fixable=not hint)


def _wrong(name: str, value: str, others: dict[Path, dict[str, str]]) -> Iterator[str]:
    if value in KNOWN:
        yield "one that everybody knows"
    elif len(value) < SHORT:
        yield "too short" if value else "empty"
    yield from (
        f"also that of {home}" for home, theirs in others.items() if value and theirs[name] == value.rstrip("=")
    )


# What the old one has encrypted cannot be read with a new one: a person has to decide.
_DECIDE = "mlopsctl connection export connections.yaml --with-secrets   # then a new home: mlopsctl --home DIR setup"


def _other_homes(place: Place) -> dict[Path, dict[str, str]]:
    """The keys of the homes that stand beside this one, and of the default one, as far as they can be read."""
    found = {path.parents[1] for path in place.home.root.parent.glob("*/secrets/fernet-key")} | {default_home()}
    homes: dict[Path, dict[str, str]] = {}
    for home in sorted(found - {place.home.root}):
        files = {name: home / "secrets" / name for name in OPTION_OF}
        homes[home] = {n: f.read_text("utf-8").strip() if os.access(f, os.R_OK) else "" for n, f in files.items()}
    return homes


def new_key(place: Place, finding: Finding) -> Iterator[str]:
    """Whoever is logged in has to do so again."""
    write(place.home.secret(finding.about), token_urlsafe(48) + "\n")
    yield from write_cfg(place, finding)
    yield f"a new {finding.about}, in airflow.cfg too"


def secrets(place: Place) -> Iterator[Finding]:
    settings = place.platform.settings
    needed = [*OPTION_OF, "service-password", "admin-password"]
    needed += ["metadata-url"] if settings.external_metadata_db else ["postgres-airflow-password"]
    needed += ["feature-store-url"] if settings.external_feature_store else ["mariadb-mlops-password"]
    kept = kept_keys(place)
    for name in needed:
        if not place.home.secret(name).exists():
            known = name in kept or name in MADE_ANEW
            hint = "" if known else _elsewhere(place.home.secret(name))
            yield Finding(f"the secret {place.home.secret(name)} is missing.", hint, about=name, fixable=known)


def _elsewhere(path: Path) -> str:
    """Passwords that mlopsctl can set are made anew; what opens something that stands already is not."""
    again = path.name in ("service-password", "admin-password", "reader-password", "mariadb-mlops-password")
    return "mlopsctl setup" if again else f"copy {path.name} into {path.parent} from a backup of the home"


def bring_back(place: Place, finding: Finding) -> Iterator[str]:
    if finding.about in kept_keys(place):
        yield f"{', '.join(bring_back_keys(place))} brought back from airflow.cfg"
    else:
        yield from new_key(place, finding)


def secret_files(place: Place) -> Iterator[Finding]:
    home = place.platform.home
    wanted = {home.secrets: 0o700, home.airflow_cfg: 0o600}
    wanted |= {path: 0o600 for path in sorted(home.secrets.glob("*")) if path.is_file()}
    for path, mode in wanted.items():
        if path.exists() and (found := stat.S_IMODE(path.stat().st_mode)) & 0o077:
            what = "entered" if path.is_dir() else "read"
            yield Finding(f"{path} can be {what} by others ({found:04o}).", about=(path, mode))


def close(_place: Place, finding: Finding) -> Iterator[str]:
    path, mode = finding.about
    path.chmod(mode)
    yield f"chmod {mode:o} {path}"


CHECKS = (
    Check(
        "keys",
        "configuration",
        "Who knows these keys reads all passwords of connections, or logs in as anybody.",
        keys,
        new_key,
    ),
    Check(
        "secrets", "configuration", "A key that is made anew cannot read what the old one wrote.", secrets, bring_back
    ),
    Check(
        "secret-files", "configuration", "Whoever reads them is the administrator of the platform.", secret_files, close
    ),
)
