"""Secrets in log lines: `***` instead of passwords, tokens and keys."""

import re
from collections.abc import Iterable

MASK = "***"
_SECRET_NAME = r"[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|(?:api|fernet)[_-]?key|credentials?)[\w.-]*"  # noqa: S105
_PATH_NAME = re.compile(r"(?:file|path|dir|folder)$", re.IGNORECASE)  # `--password-file FILE` holds no secret itself
_OPTION = re.compile(rf"--?({_SECRET_NAME})", re.IGNORECASE)
_ASSIGNMENT = re.compile(rf"""(["']?\b({_SECRET_NAME})["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&"'}}]+)""", re.IGNORECASE)
_RULES = (
    # user:password@host in a URL; a password may hold an @ that was not escaped.
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^/\s:@]*):[^/\s]*@", re.IGNORECASE), rf"\1:{MASK}@"),
    (re.compile(r"(\bAuthorization\b[\"']?\s*[:=]\s*[\"']?(?:\w+\s+)?)[^\s\"',]+", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]+", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"), MASK),  # a JSON web token
    (re.compile(r"(\b(?:PASSWORD|IDENTIFIED\s+BY)\s+)'(?:[^']|'')*'", re.IGNORECASE), rf"\1'{MASK}'"),  # SQL
)


def mask_text(text: str) -> str:
    """`text` without passwords in URLs, `password=…` and the like, Authorization headers, tokens, SQL passwords."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return _ASSIGNMENT.sub(lambda found: found[0] if _PATH_NAME.search(found[2]) else found[1] + MASK, text)


def mask_argv(argv: Iterable[object]) -> list[str]:
    """The arguments of a command without secrets: as `mask_text`, and the value that follows an option such as
    `--password`."""
    masked: list[str] = []
    secret_follows = False
    for argument in map(str, argv):
        option = _OPTION.fullmatch(argument)
        masked.append(MASK if secret_follows else mask_text(argument))
        secret_follows = bool(option) and not _PATH_NAME.search(argument)
    return masked
