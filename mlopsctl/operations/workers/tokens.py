"""The secrets with which hosts join. Only their digests are stored: who reads the files cannot join."""

import hashlib
import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.files import write
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home

SECRET_BYTES = 24
LONGEST = 7 * 24 * 3600  # seconds for which a token can be valid


@dataclass(frozen=True)
class Terms:
    """What a token grants. `ends`: in seconds since the epoch. `queues`: those of the worker; none: its own choice."""

    ends: float
    queues: tuple[str, ...]


def create(home: Home, terms: Terms) -> str:
    """A new secret."""
    _remove_expired(home)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    write(_file(home, secret), json.dumps({"ends": terms.ends, "queues": terms.queues}) + "\n")
    return secret


def use(home: Home, secret: str) -> Terms:
    """What the secret grants, once: of two hosts with the same one, the second is refused.

    Raises MlopsctlError if it is unknown, was used, or is out of date. The answer is the same for all three: who
    guesses learns nothing.
    """
    file = _file(home, secret)
    try:
        taken = file.rename(file.with_suffix(f".{secrets.token_hex(8)}"))  # of two processes, one succeeds
        content = json.loads(taken.read_text(encoding="utf-8"))
        taken.unlink()
        terms = Terms(content["ends"], tuple(content["queues"]))
    except (FileNotFoundError, ValueError, KeyError):
        terms = Terms(0.0, ())
    if terms.ends < time.time():
        raise _refused()
    return terms


def check(home: Home, secret: str) -> None:
    """Raises MlopsctlError as use() does, and does not use the token."""
    try:
        ends = json.loads(_file(home, secret).read_text(encoding="utf-8"))["ends"]
    except (FileNotFoundError, ValueError, KeyError):
        ends = 0.0
    if ends < time.time():
        raise _refused()


def _refused() -> MlopsctlError:
    hint = Hint.on_head("worker", "token", note="it prints a new one")
    return MlopsctlError("the token was used already, or is out of date.", hint=hint, code="token")


def _file(home: Home, secret: str) -> Path:
    return home.join_tokens / f"{hashlib.sha256(secret.encode()).hexdigest()}.json"


def _remove_expired(home: Home) -> None:
    for file in home.join_tokens.glob("*.json"):
        if json.loads(file.read_text(encoding="utf-8"))["ends"] < time.time():
            file.unlink(missing_ok=True)
