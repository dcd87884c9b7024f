"""What a worker host got from its head when it joined."""

import json
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mlopsctl.adapters.files import write
from mlopsctl.adapters.tls.tunnel import Route
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home


@dataclass(frozen=True)
class Membership:
    """`token`: with which the host reports. `packages`: all that is installed in the head's environment, with versions.
    `python`: the version of its Python. `settings`: those of the head that this host shares. `revision`: of all that;
    empty if it is not completely applied here."""

    name: str
    token: str = field(repr=False)
    celery_password: str = field(repr=False)
    queues: tuple[str, ...]
    routes: tuple[Route, ...]
    python: str
    packages: tuple[str, ...]
    settings: Mapping[str, Any]
    revision: str = ""


def from_answer(name: str, answer: Mapping[str, Any]) -> Membership:
    """From the answer of the head to the request to join."""
    return Membership(
        name=name,
        token=answer["token"],
        celery_password=answer["celery_password"],
        queues=tuple(answer["queues"]),
        routes=tuple(Route(**route) for route in answer["routes"]),
        python=answer["python"],
        packages=tuple(answer["packages"]),
        settings=answer["settings"],
        revision=answer.get("revision", ""),
    )


def updated(joined: Membership, shared: Mapping[str, Any]) -> Membership:
    """With what the head shares now; see operations/workers/shared.py."""
    return from_answer(joined.name, asdict(joined) | dict(shared))


def shared_settings(joined: Membership) -> dict[str, Any]:
    """Those of the head, as the types that they have here: JSON has no tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in joined.settings.items()}


def save(home: Home, membership: Membership) -> None:
    write(home.membership, json.dumps(asdict(membership)) + "\n")


def load(home: Home) -> Membership:
    """Raises MlopsctlError if this host has joined no platform."""
    try:
        content = json.loads(home.membership.read_text(encoding="utf-8"))
    except FileNotFoundError as e:
        hint = Hint.of("worker", "join", "TOKEN", note="with a token of the head: worker token")
        raise MlopsctlError("this host has not joined a platform.", hint=hint, code="not-joined") from e
    return from_answer(content["name"], content)


def name(home: Home) -> str:
    """By which this host is known among the workers: the one under which it has joined, else its host name."""
    return load(home).name if home.membership.exists() else socket.gethostname()
