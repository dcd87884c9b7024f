"""A PostgreSQL server that this home does not run. Its driver is not installed before Airflow is."""

import socket
from urllib.parse import parse_qs, urlsplit

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint

PORT = 5432
SECONDS = 10.0


def check_listening(url: str) -> None:
    """Raises MlopsctlError if no server listens at the address in a URL. One with a socket is not checked."""
    parts = urlsplit(url)
    if not parts.hostname or "host" in parse_qs(parts.query):
        return
    address = (parts.hostname, parts.port or PORT)
    try:
        socket.create_connection(address, timeout=SECONDS).close()
    except OSError as e:
        raise MlopsctlError(
            f"PostgreSQL at {address[0]}:{address[1]} is unreachable ({e.strerror or e}).",
            hint=Hint(note="check the URL, and that the server runs and accepts connections from this machine"),
            code="unreachable",
        ) from e
