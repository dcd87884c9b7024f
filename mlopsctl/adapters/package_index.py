"""Where uv installs packages from, and through which proxy, as variables and its configuration files say.

uv's documentation: docs.astral.sh/uv/reference/environment and /concepts/configuration-files. uv does not read pip's
settings, such as PIP_INDEX_URL.
"""

import functools
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mlopsctl.adapters import process
from mlopsctl.core.masking import mask_text

INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL")
MORE_VARIABLES = ("UV_INDEX", "UV_EXTRA_INDEX_URL")  # each a list


@dataclass(frozen=True)
class Setting:
    """`url`: as it was set; it can hold a password. `source`: the variable or the file; empty for uv's default.
    `variable`: whether `source` is one."""

    url: str
    source: str
    variable: bool = True

    @property
    def text(self) -> str:
        """For messages: without a login."""
        url = mask_text(_plain(self.url))
        return f"{url} (set by {self.source})" if self.source else url

    @property
    def host(self) -> str:
        return _host(self.url)


def indexes() -> list[Setting]:
    """The indexes that uv asks, the default one first."""
    given = [Setting(os.environ[name], name) for name in INDEX_VARIABLES if os.environ.get(name)]
    listed = [(name, word) for name in MORE_VARIABLES for word in os.environ.get(name, "").split()]
    # `name=URL` is allowed
    more = [Setting(word.partition("=")[2] if _has_name(word) else word, name) for name, word in listed]
    default, extra = [], []
    for path in _files():
        content = _read(path)
        default += [Setting(url, str(path), False) for url in _default_of(content)]
        extra += [Setting(url, str(path), False) for url in _extra_of(content)]
    return [(given + default or [Setting(_default_url(), "")])[0], *more, *extra]


@functools.cache
def _default_url() -> str:
    """The index that uv asks if none is set, as its help names it."""
    from uv import find_uv_bin

    named = re.search(r"by default: <(\S+)>", process.run([find_uv_bin(), "pip", "install", "--help"]).out)
    return named[1] if named else "that is uv's default"


def _has_name(word: str) -> bool:
    name, separator, _ = word.partition("=")
    return bool(separator) and "/" not in name


def _files() -> Iterator[Path]:
    if os.environ.get("UV_NO_CONFIG", "").lower() in ("1", "true", "yes"):
        return
    if given := os.environ.get("UV_CONFIG_FILE"):
        yield Path(given)
        return
    user = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    system = (os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
    yield from (Path(folder) / "uv" / "uv.toml" for folder in (user, *system, "/etc"))


def _read(path: Path) -> Mapping[str, Any]:
    """Empty if there is no such file, or uv could not read it either."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _default_of(content: Mapping[str, Any]) -> list[str]:
    pip = content.get("pip")
    plain = [table.get("index-url") for table in (pip, content) if isinstance(table, dict)]
    return [*_named(content, default=True), *filter(None, plain)]


def _extra_of(content: Mapping[str, Any]) -> list[str]:
    return [*_named(content, default=False), *content.get("extra-index-url", ())]


def _named(content: Mapping[str, Any], *, default: bool) -> list[str]:
    """The addresses in the tables `[[index]]`."""
    tables = [table for table in content.get("index", ()) if isinstance(table, dict) and "url" in table]
    return [table["url"] for table in tables if bool(table.get("default")) == default]


def index_of(url: str) -> Setting:
    """The index to which a URL belongs that uv could not read."""
    found = indexes()
    same = [index for index in found if url.startswith(_plain(index.url).rstrip("/"))]
    same += [index for index in found if index.host == _host(url)]
    return same[0] if same else Setting(url, "")


def proxy_of(url: str) -> Setting | None:
    """The proxy for a URL; None if the server is asked directly."""
    from urllib.request import proxy_bypass

    parts = urlsplit(url)
    if not parts.hostname or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    names = [name for kind in (parts.scheme, "all") for name in (f"{kind.upper()}_PROXY", f"{kind}_proxy")]
    return next((Setting(os.environ[name], name) for name in names if os.environ.get(name)), None)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _plain(url: str) -> str:
    """Without a login, as uv shows it."""
    scheme, separator, rest = url.partition("://")
    address, slash, path = rest.partition("/")
    return f"{scheme}{separator}{address.rpartition('@')[2]}{slash}{path}"
