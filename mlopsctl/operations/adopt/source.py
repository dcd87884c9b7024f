"""The Airflow to adopt: where its database and DAGs are, and the keys of its secrets."""

import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlopsctl.adapters.airflow import other_config
from mlopsctl.adapters.airflow.other_config import OtherConfig
from mlopsctl.core import urls
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message
from mlopsctl.core.text import shorten
from mlopsctl.operations.platform import Platform

LOCAL_BUNDLE = "LocalDagBundle"


@dataclass(frozen=True)
class Source:
    """`url`: SQLAlchemy's, of its metadata database. `options`: what differs from Airflow's defaults, as
    `section.key` → value and default. `notes`: what was read from where, and what cannot be adopted."""

    home: Path | None
    url: str = field(repr=False)
    fernet_keys: tuple[str, ...] = field(repr=False)
    dag_folders: tuple[Path, ...]
    options: Mapping[str, tuple[str, str]]
    timezone: str
    notes: tuple[Message, ...]

    def hint(self, *words: str, note: str) -> Hint:
        """The same command with more words."""
        return Hint.of("adopt", *([self.home] if self.home else []), *words, note=note)


def find(platform: Platform, home: Path | None, url: str, fernet_key: str, environment: Mapping[str, str]) -> Source:
    """`url`, `fernet_key`: as given by the user; empty: those in the configuration of `home`. Raises MlopsctlError."""
    try:
        return _find(platform, home, url, fernet_key, environment)
    except PermissionError as e:
        hint = Hint(line=f"ls -ld {shlex.quote(str(e.filename))}", note="run mlopsctl as a user who can read it")
        raise MlopsctlError(f"{e.filename} cannot be read: {e.strerror}.", hint=hint, code="no-rights") from e


def _find(platform: Platform, home: Path | None, url: str, fernet_key: str, environment: Mapping[str, str]) -> Source:
    if home is not None:
        home = Path(os.path.normpath(home.expanduser().absolute()))
        _check_other(platform, home)
    config = other_config.read(home, environment)
    keys = fernet_key or (config.get("core", "fernet_key") if home else "")
    found_url = url or _metadata_url(config)
    _check_url(platform, found_url)
    folders, notes = _dag_folders(config) if home else ((), ())
    if config.used:
        notes = (Message(f"read from the environment: {', '.join(sorted(config.used))}"), *notes)
    return Source(
        home,
        found_url,
        tuple(key.strip() for key in keys.split(",") if key.strip()),
        folders,
        config.changed_options() if home else {},
        config.get("core", "default_timezone") if home else "",
        (*notes, *_plugin_notes(config)),
    )


def _check_other(platform: Platform, home: Path) -> None:
    if home.resolve() in (platform.home.airflow.resolve(), platform.home.root.resolve()):
        raise MlopsctlError(
            f"{home} is this platform itself.",
            hint=Hint.of("--home", "DIR", "adopt", str(home), note="adopts it into the platform in DIR"),
            code="own-platform",
        )
    if (home / "config.toml").exists() and (home / "airflow" / "airflow.cfg").exists():
        raise MlopsctlError(
            f"{home} is a home of mlopsctl; its AIRFLOW_HOME is {home / 'airflow'}.",
            hint=Hint.of("adopt", str(home / "airflow")),
            code="no-airflow-home",
        )


def _metadata_url(config: OtherConfig) -> str:
    return (
        config.get("database", "sql_alchemy_conn")
        or config.get("core", "sql_alchemy_conn")
        or f"sqlite:///{config.home}/airflow.db"
    )


def _check_url(platform: Platform, url: str) -> None:
    if why := urls.problem(url):
        raise MlopsctlError(f"the URL of its metadata database is invalid: {why}.", hint=urls.ENCODE, code="url")
    if url == platform.metadata_url():
        raise MlopsctlError(
            "that is the metadata database of this platform itself.",
            hint=Hint.of("adopt", "AIRFLOW_HOME", note="of another Airflow"),
            code="own-platform",
        )
    scheme, _, path = url.partition("://")
    if scheme.partition("+")[0] != "sqlite":
        return
    file = Path(path.partition("?")[0][1:])
    if not file.is_absolute() or not file.is_file():
        raise MlopsctlError(
            f"there is no metadata database {file}.",
            hint=Hint.of("adopt", "--metadata-db", "sqlite:////path/to/airflow.db", note="with an absolute path"),
            code="no-database",
        )
    file.open("rb").close()  # raises PermissionError


def _dag_folders(config: OtherConfig) -> tuple[tuple[Path, ...], tuple[Message, ...]]:
    """The DAGs folder, or from Airflow 3 on those of local bundles; a message names bundles that are elsewhere."""
    default = Path(config.get("core", "dags_folder") or f"{config.home}/dags")
    try:
        bundles = json.loads(config.get("dag_processor", "dag_bundle_config_list") or "[]")
        local = [bundle for bundle in bundles if bundle["classpath"].endswith(LOCAL_BUNDLE)]
        paths = [Path(bundle["kwargs"].get("path") or default) for bundle in local]
        remote = [bundle["name"] for bundle in bundles if bundle not in local]
    except (ValueError, TypeError, KeyError, AttributeError):
        return (default,), (Message.warning("[dag_processor] dag_bundle_config_list is invalid and was ignored"),)
    note = Message.warning(f"DAG bundles that are not local are not adopted: {shorten(remote, 5)}")
    return (tuple(dict.fromkeys(paths)) if bundles else (default,)), ((note,) if remote else ())


def _plugin_notes(config: OtherConfig) -> tuple[Message, ...]:
    if config.home is None:
        return ()
    folder = Path(config.get("core", "plugins_folder") or f"{config.home}/plugins")
    if not folder.is_dir() or not next(folder.rglob("*.py"), None):
        return ()
    return (Message.warning(f"plugins are not adopted: {folder}"),)
