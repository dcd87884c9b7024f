"""Contexts: Airflows elsewhere, each with a name. They belong to a user, not to a home.

The folder of a context is laid out like a home: settings in `config.toml`, logins in `secrets/`, locks in `run/`.
"""

import os
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlopsctl.core import names as name_rules
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home
from mlopsctl.core.states import Login

LOCAL = "local"  # instead of a context: the home of this machine


@dataclass(frozen=True)
class Context:
    """`url`: of Airflow's web page. `username`: empty if `login` is a token. `airflow_version`: when it was added.
    `insecure`: the login may be sent unencrypted. `home`: its folder."""

    name: str
    url: str
    home: Home
    username: str = ""
    login: Login = Login.JWT
    airflow_version: str = ""
    insecure: bool = False

    @property
    def secret(self) -> Path:
        """The password, or the token."""
        return self.home.secret("login")

    @property
    def ca(self) -> Path | None:
        file = self.home.root / CA_FILE
        return file if file.exists() else None

    @property
    def feature_store_url(self) -> Path:
        """It exists if the context has a feature store."""
        return self.home.secret("feature-store-url")


CONTEXT_FILE, CA_FILE = "context.toml", "ca.pem"


def folder() -> Path:
    """Where contexts are stored: `$XDG_CONFIG_HOME/mlopsctl`, which is `~/.config/mlopsctl` by default."""
    given = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".config") / "mlopsctl"


def current_file() -> Path:
    """The name of the current context; missing: the local home."""
    return folder() / "current-context"


def folder_of(name: str) -> Path:
    return folder() / "contexts" / name


def current() -> str:
    """The name of the current context; empty: the local home."""
    try:
        name = current_file().read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    return "" if name == LOCAL else name


def names() -> list[str]:
    """All contexts, by name."""
    found = folder().glob(f"contexts/*/{CONTEXT_FILE}")
    return sorted(path.parent.name for path in found if _is_valid(path.parent.name))


def _is_valid(name: str) -> bool:
    return not name_rules.problem(name_rules.CONTEXT, name)


def check_name(name: str) -> None:
    """Raises UsageError."""
    if name == LOCAL:
        raise UsageError(f"{LOCAL!r} is the home of this machine.", hint="choose another name")
    name_rules.check(name_rules.CONTEXT, name)


def load(name: str) -> Context:
    """Raises MlopsctlError if there is no such context, or its file cannot be read."""
    if not _is_valid(name):
        raise _unknown(name, names())
    try:
        raw = tomllib.loads((folder_of(name) / CONTEXT_FILE).read_text(encoding="utf-8"))
        return _context(name, raw)
    except (FileNotFoundError, NotADirectoryError) as e:
        raise _unknown(name, names()) from e
    except (ValueError, TypeError, KeyError) as e:
        again = Hint.of("context", "add", name, "--overwrite", "--url", "URL", "--user", "NAME")
        message = f"{folder_of(name) / CONTEXT_FILE} cannot be read: {e}."
        raise MlopsctlError(message, hint=again, code="invalid-context") from e


def _context(name: str, raw: dict[str, Any]) -> Context:
    return Context(
        name=name,
        url=str(raw["url"]),
        home=Home(folder_of(name)),
        username=str(raw.get("username", "")),
        login=Login(raw["login"]),
        airflow_version=str(raw.get("airflow_version", "")),
        insecure=bool(raw.get("insecure", False)),
    )


def _unknown(name: str, known: Sequence[str]) -> MlopsctlError:
    import difflib

    near = difflib.get_close_matches(name, known, 1)
    message = f"there is no context {name!r}." + (f" Did you mean {near[0]}?" if near else "")
    hint = Hint.of("context", "list") if known else Hint.of("context", "add", name, "--url", "URL", "--user", "NAME")
    return MlopsctlError(message, hint=hint, code="unknown-context")
