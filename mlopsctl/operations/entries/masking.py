"""Secrets in connections and variables: recognized by their names, as Airflow does, and as passwords in URLs."""

import re
from typing import Any

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint

MASK = "***"

# Airflow 3.3.2, DEFAULT_SENSITIVE_FIELDS of its secrets_masker: a name that contains one of these is secret.
_SECRET_NAMES = (
    "access_key", "access_token", "api_key", "apikey", "auth_header", "authorization", "bearer", "connection_string",
    "dsn", "passphrase", "passwd", "password", "private_key", "proxy", "proxies", "secret", "service_account",
    "service_key", "token", "keyfile_dict", "webhook_url",
)  # fmt: skip
_URL_LOGIN = re.compile(r"(?<=//)[^/@\s]*:[^/@\s]+(?=@)")  # the login of `scheme://user:password@host`


def is_secret_name(name: str) -> bool:
    """Whether Airflow masks a variable, or a key in a connection's extra, of this name."""
    plain = re.sub(r"\W+", "_", name.strip().lower())
    return any(part in plain for part in _SECRET_NAMES)


def contains_secret(value: Any, name: str = "") -> bool:
    """Whether a value contains a secret at any depth."""
    return bool(mask(value, name) != value)


def mask(value: Any, name: str = "") -> Any:
    """A value with `***` for every secret in it."""
    if isinstance(value, dict):
        return {key: mask(item, _path(name, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [mask(item, name) for item in value]
    if value not in (None, "") and is_secret_name(name):
        return MASK
    return _URL_LOGIN.sub(MASK, value) if isinstance(value, str) else value


def check_not_masked(value: Any, what: str) -> None:
    """Raises MlopsctlError if a text at any depth is the mask that Airflow shows in place of a secret. `what`: such as
    "its password"."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        check_not_masked(item, what)
    if value == MASK:
        raise MlopsctlError(
            f"{what} is masked ({MASK}) in the file.",
            hint=Hint(line="airflow connections export FILE", note="writes secrets too; or airflow variables export"),
            code="masked",
        )


def strip_secrets(value: Any, name: str = "") -> Any:
    """A value without its secrets, also those that Airflow has masked; None if nothing is left."""
    if isinstance(value, dict):
        kept = {key: strip_secrets(item, _path(name, key)) for key, item in value.items()}
        kept = {key: item for key, item in kept.items() if item is not None or value[key] is None}
        return None if value and not kept else kept
    return None if MASK in str(mask(value, name)) else value


def missing_secrets(old: Any, new: Any, name: str = "") -> list[str]:
    """The names of the secrets in `old`, at any depth, that `new` lacks."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [path for key in old for path in missing_secrets(old[key], new.get(key), _path(name, key))]
    return [name] if new is None and strip_secrets(old, name) != old else []


def _path(name: str, key: Any) -> str:
    """Everything below a secret name is secret, whatever its key."""
    return f"{name}.{key}" if is_secret_name(name) else str(key)
