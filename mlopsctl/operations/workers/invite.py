"""Tokens for machines that are to join."""

import time

from mlopsctl.adapters.tls.authority import Authority
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.join_token import JoinToken
from mlopsctl.core.paths import TUNNEL
from mlopsctl.core.workers import check_queues
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers import tokens
from mlopsctl.operations.workers.tokens import LONGEST, Terms


def create(platform: Platform, queues: tuple[str, ...], seconds: float) -> JoinToken:
    """A token that is valid for so many seconds. Raises MlopsctlError if no other machine could join, UsageError for
    the queue of the head."""
    check_queues(queues)
    address = platform.settings.listen_address
    if not address or platform.stopped_service(TUNNEL):
        raise MlopsctlError(
            "no other machine can join: this platform does not listen for any.",
            hint=Hint.of("start", TUNNEL)
            if address
            else Hint.of("setup", "--executor", "celery", "--listen", "ADDRESS"),
            code="not-listening",
        )
    if not 0 < seconds <= LONGEST:
        raise MlopsctlError(
            f"a token is valid for at most {LONGEST // 86400} days.", hint=Hint.of("worker", "token", "--ttl", "1d")
        )
    host, port = address
    secret = tokens.create(platform.home, Terms(time.time() + seconds, queues))
    return JoinToken(host, port, Authority(platform.home.authority).fingerprint, secret)
