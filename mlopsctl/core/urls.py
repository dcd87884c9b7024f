"""URLs whose login is not percent-encoded, and so names another server than was meant; addresses to listen on."""

import re
from urllib.parse import urlsplit

from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint

ENCODE = "percent-encode its parts: @ is %40, : is %3A, / is %2F, # is %23, ? is %3F"
LISTEN_PORT = 8443
_PATH_MAY_HAVE_AT = ("http", "https", "file")


def problem(url: str) -> str:
    """Why a URL cannot mean what was written, without repeating any part of it; empty if it can."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return ""
    address, delimiter, path = _split(rest)
    if address.count("@") > 1:
        return _message("@")
    path = path if delimiter != "/" or "@" not in address else path.partition("?")[0]
    port = address.rpartition(":")[2] if ":" in address else ""
    cut = "@" not in address and port and not port.isdecimal()  # it is the begin of a password
    return _message(delimiter) if "@" in path and (cut or scheme not in _PATH_MAY_HAVE_AT) else ""


def check_address(url: str, what: str, example: str) -> None:
    """Whether a URL has `//`, and a valid port if any. Raises UsageError without any part of the URL: what follows the
    colon can be a password after which the host is missing. `what`: its subject."""
    try:
        parts = urlsplit(url)
        valid = "://" in url and parts.port != 0 and not parts.netloc.endswith(":")
    except ValueError:  # of `port`
        valid = False
    if not valid:
        raise UsageError(f"{what} is not valid: its host or port cannot be read.", hint=example)


def _split(rest: str) -> tuple[str, str, str]:
    """Address, the character that ends it, and what follows."""
    end = re.search(r"[/#?]", rest)
    return (rest[: end.start()], end[0], rest[end.end() :]) if end else (rest, "", "")


def _message(character: str) -> str:
    return f"its user name or password contains {character}, which is not percent-encoded"


def parse_listen(text: str) -> tuple[str, int]:
    """Host and port of `HOST`, `HOST:PORT` or `[IPv6]:PORT`. Raises UsageError."""
    problem = ""
    try:
        parts = urlsplit(f"//[{text}]" if text.count(":") > 1 and "[" not in text else f"//{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not re.fullmatch(r"[\w.:-]+", host) or set(text) & set("@/?#") or port == 0:
        problem = "is not an address, such as 10.0.0.5 or 10.0.0.5:8443"
    elif host in ("0.0.0.0", "::"):  # noqa: S104
        problem = "does not say by which address other machines reach this one"
    if problem:
        raise UsageError(f"{text!r} {problem}.", hint=Hint.of("setup", "--executor", "celery", "--listen", "10.0.0.5"))
    return host, port or LISTEN_PORT
