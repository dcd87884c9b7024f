"""URLs of databases as options. One with a password is accepted only in the option's environment variable."""

import os
from urllib.parse import urlsplit

from mlopsctl.core import urls
from mlopsctl.core.errors import UsageError


def database_url(url: str | None, option: str, command: str = "setup") -> str:
    """Raises UsageError for an invalid URL, for one whose parts are not percent-encoded, and for one with a password
    that was not given by the option's variable."""
    variable = f"MLOPSCTL_{command}_{option.removeprefix('--')}".upper().replace("-", "_")
    if why := urls.problem(url or ""):
        raise UsageError(f"{option}: {why}.", hint=urls.ENCODE)
    try:
        password = urlsplit(url or "").password
    except ValueError as e:
        raise UsageError(f"{option}: invalid URL: {e}.", hint="scheme://user:password@host:port/database") from e
    if url and password and os.environ.get(variable) != url:
        raise UsageError(
            f"{option} contains a password, which all users of this machine can read on the command line.",
            hint=f"set the variable {variable} to the URL instead",
        )
    return url or ""
