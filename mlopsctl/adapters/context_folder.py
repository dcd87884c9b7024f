"""Writes and removes the folders of contexts."""

import os
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from mlopsctl.adapters import files
from mlopsctl.core import contexts
from mlopsctl.core.contexts import CA_FILE, CONTEXT_FILE, Context
from mlopsctl.core.paths import Home


@dataclass(frozen=True)
class ContextFiles:
    """What a context consists of. `secret`: the password, or the token. `ca`: certificates in PEM format; empty: none.
    `feature_store_url`: empty: none."""

    context: Context
    secret: str = field(repr=False)
    ca: str = ""
    feature_store_url: str = field(default="", repr=False)


def stage(wanted: ContextFiles) -> Context:
    """Write a context to a folder beside its own, so that it can be tried before it exists. Returns it as it is there.
    What an interrupted command left behind is removed."""
    target = contexts.folder_of(wanted.context.name)
    folder = target.with_name(f".{target.name}.{os.getpid()}")
    for left in target.parent.glob(f".{target.name}.*"):
        shutil.rmtree(left)
    staged = replace(wanted.context, home=Home(folder))
    folder.mkdir(parents=True, mode=0o700)
    staged.home.secrets.mkdir(mode=0o700)
    files.write(staged.secret, wanted.secret + "\n")
    if wanted.feature_store_url:
        files.write(staged.feature_store_url, wanted.feature_store_url + "\n")
    if wanted.ca:
        files.write(folder / CA_FILE, wanted.ca)
    return staged


def commit(staged: Context) -> None:
    """Give a staged context its name. It replaces one of this name, but keeps its settings."""
    import tomlkit

    values = {"url": staged.url, "login": str(staged.login), "airflow_version": staged.airflow_version}
    values |= {"username": staged.username} if staged.username else {}
    document = tomlkit.document()
    document.update(values | ({"insecure": True} if staged.insecure else {}))
    files.write(staged.home.root / CONTEXT_FILE, tomlkit.dumps(document))
    target = contexts.folder_of(staged.name)
    if (settings := target / staged.home.config.name).exists():
        shutil.copy2(settings, staged.home.config)
    if target.exists():
        target.rename(_discarded(target))
    staged.home.root.rename(target)
    _discard(target)


def discard(staged: Context) -> None:
    """Remove a context that was staged only."""
    shutil.rmtree(staged.home.root)


def remove(name: str) -> None:
    """Remove a context; if it is the current one, the local home takes its place."""
    if contexts.current() == name:
        contexts.current_file().unlink()
    target = contexts.folder_of(name)
    target.rename(_discarded(target))
    _discard(target)


def use(name: str) -> None:
    """Make a context the current one; `local` is the local home."""
    if name == contexts.LOCAL:
        contexts.current_file().unlink(missing_ok=True)
    else:
        files.write(contexts.current_file(), name + "\n")


def _discarded(target: Path) -> Path:
    """Renamed first: a half-removed folder must not pass for a context."""
    return target.with_name(f".{target.name}.{os.getpid()}.old")


def _discard(target: Path) -> None:
    if _discarded(target).exists():
        shutil.rmtree(_discarded(target))
