"""Where files are that tasks hand to each other, such as large XComs, models and data: in the home, or in a storage
that all hosts reach."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home

FOLDER, S3 = "file", "s3"
MARK = ".mlopsctl-storage"  # in the folder of a storage: shows another host that it has the same folder
_EXAMPLE = Hint.of("setup", "--storage", "file:///mnt/shared")


@dataclass(frozen=True)
class Locations:
    """As URLs. Not percent-encoded: Airflow does not decode them."""

    xcoms: str
    models: str
    data: str


def locations(home: Home, storage: str) -> Locations:
    """`storage`: a URL as parse() returns it; empty for the home."""
    if not storage:
        return Locations(*(f"{FOLDER}://{path}" for path in (home.airflow / "xcom", home.models, home.data)))
    return Locations(*(f"{storage}/{name}" for name in ("xcom", "models", "data")))


def folder(url: str) -> Path | None:
    """The path of a `file://` URL; None for one of another kind."""
    scheme, _, path = url.partition("://")
    return Path(path) if scheme == FOLDER else None


def is_s3(storage: str) -> bool:
    return storage.startswith(f"{S3}://")


def connection(storage: str) -> str:
    """The Airflow connection that the URL of an object storage names; empty if it names none."""
    name, at, _ = storage.removeprefix(f"{S3}://").partition("@")
    return name if at and is_s3(storage) else ""


def parse(url: str) -> str:
    """A valid URL without a slash at its end: of an absolute path, or `s3://[CONNECTION@]BUCKET[/PREFIX]`. Raises
    UsageError."""
    scheme, separator, rest = url.partition("://")
    rest = rest.rstrip("/")
    if problem := _problem(scheme if separator else "", rest):
        raise UsageError(f"the storage {_without_login(url)!r} {problem}.", hint=_EXAMPLE)
    return f"{scheme}://{rest}"


def _problem(scheme: str, rest: str) -> str:
    if scheme == FOLDER:
        if not rest.startswith("/") or ".." in PurePosixPath(rest).parts:
            return "does not name a folder by its absolute path"
        return "" if rest.isprintable() and not set(rest) & set('%"#?') else 'has a character of % " # ?'
    if scheme != S3:
        return "is neither file:///PATH nor s3://[CONNECTION@]BUCKET[/PREFIX]"
    if ":" in rest.rpartition("@")[0]:
        return "has a key in it, which all users could read: create a connection, and write s3://CONNECTION@BUCKET"
    name = r"[A-Za-z0-9][A-Za-z0-9._-]*"
    return "" if re.fullmatch(rf"({name}@)?{name}(/[\w.=+-]+)*", rest) else "does not name a bucket"


def _without_login(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    login, at, host = rest.rpartition("@")
    return f"{scheme}{separator}…@{host}" if at and ":" in login else url
