"""What is secret in connections and variables: what Airflow takes for that by its name, and passwords in addresses."""

import re
from typing import Any

MASK = "***"

# Airflow 3.3.2, DEFAULT_SENSITIVE_FIELDS of its secrets_masker: parts of names.
_NAMES = (
    "access_key", "access_token", "api_key", "apikey", "auth_header", "authorization", "bearer", "connection_string",
    "dsn", "passphrase", "passwd", "password", "private_key", "proxy", "proxies", "secret", "service_account",
    "service_key", "token", "keyfile_dict", "webhook_url",
)  # fmt: skip
_IN_ADDRESS = re.compile(r"(?<=//)[^/@\s]*:[^/@\s]+(?=@)")  # the account of `scheme://user:password@host`


def named(name: str) -> bool:
    """Whether Airflow hides what has such a name: a variable, or a key of a connection's extra."""
    plain = re.sub(r"\W+", "_", name.strip().lower())
    return any(part in plain for part in _NAMES)


def holds(value: Any, name: str = "") -> bool:
    """Whether there is a secret in a value, at any depth."""
    return bool(masked(value, name) != value)


def masked(value: Any, name: str = "") -> Any:
    """A value as it may be shown: `***` for what is secret in it."""
    if isinstance(value, dict):
        return {key: masked(held, _below(name, key)) for key, held in value.items()}
    if isinstance(value, list):
        return [masked(held, name) for held in value]
    if value not in (None, "") and named(name):
        return MASK
    return _IN_ADDRESS.sub(MASK, value) if isinstance(value, str) else value


def left(value: Any, name: str = "") -> Any:
    """A value without what is secret in it, and without what Airflow has masked before; None where all of it is."""
    if isinstance(value, dict):
        kept = {key: left(held, _below(name, key)) for key, held in value.items()}
        kept = {key: held for key, held in kept.items() if held is not None or value[key] is None}
        return None if value and not kept else kept
    return None if MASK in str(masked(value, name)) else value


def lost(held: Any, given: Any, name: str = "") -> list[str]:
    """The names of what is secret in `held`, at any depth, and missing in `given`, which is to take its place."""
    if isinstance(held, dict) and isinstance(given, dict):
        return [below for key in held for below in lost(held[key], given.get(key), _below(name, key))]
    return [name] if given is None and left(held, name) != held else []


def _below(name: str, key: Any) -> str:
    """What lies under a secret's name is secret, whatever it is called."""
    return f"{name}.{key}" if named(name) else str(key)
