"""Secrets in log lines: `***` instead of passwords, tokens and keys.

The patterns are compiled at their first use: few commands need them.
"""

import re
from collections.abc import Iterable

MASK = "***"
_SECRET_NAME = r"[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|(?:api|fernet)[_-]?key|credentials?)[\w.-]*"  # noqa: S105
_PATH_NAME = r"(?:file|path|dir|folder)$"  # `--password-file FILE` holds no secret itself
_OPTION = rf"--?({_SECRET_NAME})"
_ASSIGNMENT = rf"""(["']?\b({_SECRET_NAME})["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&"'}}]+)"""
_RULES = (
    # user:password@host in a URL; a password may hold an @ that was not escaped.
    (r"(\b[a-z][a-z0-9+.-]*://[^/\s:@]*):[^/\s]*@", rf"\1:{MASK}@"),
    (r"(\bAuthorization\b[\"']?\s*[:=]\s*[\"']?(?:\w+\s+)?)[^\s\"',]+", rf"\1{MASK}"),
    (r"\b(Bearer|Basic)\s+[\w.~+/=-]+", rf"\1 {MASK}"),
    (r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?", MASK),  # a JSON web token
    (r"(\b(?:PASSWORD|IDENTIFIED\s+BY)\s+)'(?:[^']|'')*'", rf"\1'{MASK}'"),  # SQL
)


def mask_text(text: str) -> str:
    """`text` without passwords in URLs, `password=…` and the like, Authorization headers, tokens, SQL passwords."""
    for pattern, replacement in _RULES:
        text = re.sub(pattern, replacement, text, flags=re.IGNORECASE)
    return re.sub(_ASSIGNMENT, lambda m: m[0] if _is_path(m[2]) else m[1] + MASK, text, flags=re.IGNORECASE)


def mask_argv(argv: Iterable[object]) -> list[str]:
    """The arguments of a command without secrets: as `mask_text`, and the value that follows an option such as
    `--password`."""
    masked: list[str] = []
    secret_follows = False
    for argument in map(str, argv):
        masked.append(MASK if secret_follows else mask_text(argument))
        secret_follows = bool(re.fullmatch(_OPTION, argument, re.IGNORECASE)) and not _is_path(argument)
    return masked


def _is_path(name: str) -> bool:
    return re.search(_PATH_NAME, name, re.IGNORECASE) is not None
