"""Keys and passwords: that they exist, are not shared with another home, and that other accounts cannot read them."""

import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from secrets import token_urlsafe

from mlopsctl.adapters.files import write
from mlopsctl.core.hint import NO_HINT, Hint
from mlopsctl.core.paths import default_home
from mlopsctl.operations.doctor.check import Check, Finding, Group, Scope
from mlopsctl.operations.doctor.checks.configuration.airflow_cfg import (
    fix_airflow_cfg,
    options_of_secrets,
    read_airflow_cfg,
    restore_secrets,
    secrets_in_airflow_cfg,
)
from mlopsctl.operations.doctor.context import DoctorContext

# From documentation, images and tutorials.
PUBLIC_KEYS = {
    "46BKJoQYlPPOexq0OhDZnIlNepKFf87WFwLbfzqDDho=",
    "81HqDtbqAywKSOumSha3BhWNOdQ26slT6K0YaZeZyPs=",
    "a25mQ1FHTUh3MnFRSk5KMEIyVVU2YmN0VGRyYTVXY08=",
    "temporary_key",
}
KEYS = ("fernet-key", "api-secret", "jwt-secret")
REPLACEABLE = ("api-secret", "jwt-secret")  # nothing permanent is encrypted with them
SET_BY_SETUP = (
    "service-password", "admin-password", "reader-password", "mariadb-mlops-password", "redis-mlopsctl-password"
)  # fmt: skip
MIN_LENGTH = 16  # shorter keys can be guessed


def check_keys(context: DoctorContext) -> Iterator[Finding]:
    cfg = read_airflow_cfg(context)
    others = _keys_of_other_homes(context)
    for name, key in options_of_secrets(context).items():
        hint = _REPLACE_FERNET_KEY if name == "fernet-key" else NO_HINT
        for problem in _weaknesses(name, cfg.get(key, ""), others):
            message = f"[{key[0]}] {key[1]} in airflow.cfg is {problem}."
            yield Finding(message, hint, details=name, fixable=not hint)


# Not fixed: a new key cannot decrypt what the old one encrypted.
_REPLACE_FERNET_KEY = Hint.of(
    "connection", "export", "connections.yaml", "--with-secrets",
    note="then import them into a new home:", other=("--home", "DIR", "setup"),
)  # fmt: skip


def _weaknesses(name: str, value: str, others: dict[Path, dict[str, str]]) -> Iterator[str]:
    if value in PUBLIC_KEYS:
        yield "publicly known"
    elif len(value) < MIN_LENGTH:
        yield "too short" if value else "empty"
    for home, keys in others.items():
        if value and keys[name] == value.rstrip("="):
            yield f"also used by {home}"


def _keys_of_other_homes(context: DoctorContext) -> dict[Path, dict[str, str]]:
    """The keys of the homes beside this one, and of the default home, as far as they can be read."""
    found = {path.parents[1] for path in context.home.root.parent.glob("*/secrets/fernet-key")} | {default_home()}
    homes: dict[Path, dict[str, str]] = {}
    for home in sorted(found - {context.home.root}):
        files = {name: home / "secrets" / name for name in KEYS}
        homes[home] = {n: f.read_text("utf-8").strip() if os.access(f, os.R_OK) else "" for n, f in files.items()}
    return homes


def replace_key(context: DoctorContext, finding: Finding) -> Iterator[str]:
    """Users who are logged in have to log in again."""
    write(context.home.secret(finding.details), token_urlsafe(48) + "\n")
    yield from fix_airflow_cfg(context, finding)
    yield f"replaced {finding.details}, also in airflow.cfg"


def check_secrets(context: DoctorContext) -> Iterator[Finding]:
    settings = context.platform.settings
    required = [*KEYS, "service-password", "admin-password"]
    required += ["metadata-url"] if settings.external_metadata_db else ["postgres-airflow-password"]
    required += ["feature-store-url"] if settings.external_feature_store else ["mariadb-mlops-password"]
    required += [path.name for path in context.platform.redis.passwords] if settings.has_workers else []
    restorable = secrets_in_airflow_cfg(context)
    for name in required:
        path = context.home.secret(name)
        if not path.exists():
            fixable = name in restorable or name in REPLACEABLE
            hint = NO_HINT if fixable else _recovery(path)
            yield Finding(f"the secret {path} is missing.", hint, details=name, fixable=fixable)


def _recovery(path: Path) -> Hint:
    """Setup creates a new password for what it administers itself; anything else has to come from a backup."""
    if path.name in SET_BY_SETUP:
        return Hint.of("setup")
    return Hint(line=f"cp BACKUP/secrets/{path.name} {shlex.quote(str(path))}")


def fix_secret(context: DoctorContext, finding: Finding) -> Iterator[str]:
    if finding.details in secrets_in_airflow_cfg(context):
        yield f"restored {', '.join(restore_secrets(context))} from airflow.cfg"
    else:
        yield from replace_key(context, finding)


def check_secret_files(context: DoctorContext) -> Iterator[Finding]:
    home = context.platform.home
    modes = {home.secrets: 0o700, home.airflow_cfg: 0o600, home.redis: 0o700, context.platform.redis.conf: 0o600}
    modes |= {path: 0o600 for path in sorted(home.secrets.rglob("*")) if path.is_file()}
    for path, mode in modes.items():
        if path.exists() and (found := stat.S_IMODE(path.stat().st_mode)) & 0o077:
            verb = "enter" if path.is_dir() else "read"
            yield Finding(f"other accounts can {verb} {path} ({found:04o}).", details=(path, mode))


def fix_mode(_context: DoctorContext, finding: Finding) -> Iterator[str]:
    path, mode = finding.details
    path.chmod(mode)
    yield f"chmod {mode:o} {path}"


CHECKS = (
    Check(
        "keys", Group.CONFIGURATION, "With these keys, anybody can read all connection passwords, or log in.",
        check_keys, replace_key, scope=Scope.PLATFORM,
    ),
    Check(
        "secrets", Group.CONFIGURATION, "A new key cannot read what a lost key has encrypted.",
        check_secrets, fix_secret, scope=Scope.PLATFORM,
    ),
    Check(
        "secret-files", Group.CONFIGURATION, "Anybody who can read these files can administer the platform.",
        check_secret_files, fix_mode,
    ),
)  # fmt: skip
