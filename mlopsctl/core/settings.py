"""The settings of a home. Precedence: option, environment variable, `config.toml`, default; click handles the first
two."""

import re
import shlex
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from mlopsctl.core import names, storage, urls
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint

AIRFLOW_VERSION = "3.3.2"
DEFAULT_FILLS = (
    "data_extract_pipeline=mlops.ineligible_loan_model_features.base_dt",
    "ineligible_loan_model=mlops.ineligible_loan_model_result.base_dt",
)

# Lists whose entries have a form: the form, what it is called, an example.
_PATTERNS = {
    "fills": (r"[\w.-]+=\w+\.\w+\.\w+", "a DAG with its output table and date column", "my_dag=mlops.my_table.base_dt"),
    "dag_timezones": (r"[\w.-]+=[\w+/-]+", "a DAG with its time zone", "my_dag=Europe/Berlin"),
    "preload": (r"-?[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", "auto, off or a module", "auto,-pandas"),
    "alert_email": (r"[^@\s]+@[^@\s]+", "an email address", "ops@example.com,team@example.com"),
}
LOCAL, CELERY = "local", "celery"  # the setting `executor`


@dataclass(frozen=True)
class Settings:
    """Stored in `config.toml`. No secrets: passwords, and URLs with passwords, are in `secrets/`.

    `dag_timezones`: of DAGs in a context, as `dag_id=Europe/Berlin`, where Airflow's API does not show it.

    `preload`: the modules that the scheduler and the dag-processor import when they start; `auto`: those that the DAG
    files import, `-module`: but for this one, `off`: none, not even Airflow's own.

    `executor`: `local`, or `celery` for workers on other machines, too. `listen`: the address on which they reach this
    one, with a port unless it is 8443; empty: there are none. `worker_slots`: how many tasks the worker of this
    machine runs at once; 0: one for each core. `worker_queues`: those that it takes tasks from; none: `default`.
    `head`: of a worker host, the address of the platform that it has joined. `storage`: the URL of the place for files
    that tasks hand to each other, see core/storage.py; empty: the home.

    `fills`: the output table and date column of a DAG, as `dag_id=database.table.column`. `alert_smtp`: the mail
    server, as `smtp[s]://user@host:port`. `alert_webhook`: whether there is one; its URL is a secret.
    """

    airflow_version: str = AIRFLOW_VERSION
    python: str = ""
    constraints: str = "auto"
    timezone: str = "Asia/Seoul"
    api_host: str = "127.0.0.1"
    api_port: int = 8080
    mariadb_port: int = 13306
    executor: str = LOCAL
    listen: str = ""
    worker_slots: int = 0
    worker_queues: tuple[str, ...] = ()
    head: str = ""
    storage: str = ""
    redis_port: int = 16379
    worker_api_port: int = 18793
    admin_user: str = "admin"
    dags: tuple[str, ...] = ()
    requirements: str = ""
    external_metadata_db: bool = False
    external_feature_store: bool = False
    seed: bool = True
    seed_from: str = "2023-06-01"
    seed_to: str = "2025-12-31"
    seed_scale: int = 1
    fills: tuple[str, ...] = DEFAULT_FILLS
    dag_timezones: tuple[str, ...] = ()
    preload: tuple[str, ...] = ("auto",)
    alert_email: tuple[str, ...] = ()
    alert_smtp: str = ""
    alert_webhook: bool = False

    @property
    def alerts(self) -> tuple[str, ...]:
        """How failed DAG runs are reported: `email`, `webhook`."""
        return ("email",) * bool(self.alert_email) + ("webhook",) * self.alert_webhook

    @property
    def has_workers(self) -> bool:
        """Whether tasks run on workers, of this machine or others, instead of in the scheduler."""
        return self.executor == CELERY

    @property
    def listen_address(self) -> tuple[str, int] | None:
        """Host and port; None: no other machine can reach this one."""
        return urls.parse_listen(self.listen) if self.has_workers and self.listen else None

    @property
    def preloads(self) -> bool:
        return self.preload not in ((), ("off",))

    @property
    def api_url(self) -> str:
        host = "127.0.0.1" if self.api_host in ("0.0.0.0", "::") else self.api_host  # noqa: S104
        return f"http://[{host}]:{self.api_port}" if ":" in host else f"http://{host}:{self.api_port}"

    def output_table(self, dag_id: str) -> tuple[str, str] | None:
        """The table that a DAG fills, and its date column. The tables of our own DAGs are always known."""
        entries = (entry.partition("=") for entry in (*self.fills, *DEFAULT_FILLS))
        target = next((target for name, _, target in entries if name == dag_id), "")
        table, _, column = target.rpartition(".")
        return (table, column) if table else None

    def changed(self, **values: object) -> "Settings":
        """A copy with those values that are not None."""
        return replace(self, **{k: v for k, v in values.items() if v is not None})  # type: ignore[arg-type]


def load(path: Path) -> Settings:
    """Read `config.toml`; the defaults if it is missing. Raises MlopsctlError, UsageError for an invalid value.

    The hint is an editor: `config set` could not read the file either, and without it the running ports are lost.
    """
    edit = Hint(line=f"${{EDITOR:-vi}} {shlex.quote(str(path))}")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except tomllib.TOMLDecodeError as e:  # it names the line
        raise MlopsctlError(f"{path} cannot be read: {e}.", hint=edit) from e
    except UnicodeDecodeError as e:
        line = e.object.count(b"\n", 0, e.start) + 1
        raise MlopsctlError(f"{path} cannot be read: line {line} is not UTF-8.", hint=edit) from e
    known = {f.name for f in fields(Settings)}
    try:
        return Settings(**{k: parse(k, v) for k, v in raw.items() if k in known})
    except UsageError as e:
        e.hint = edit
        raise


def _number(key: str, value: int) -> int:
    if key.endswith("_port") and not 0 < value < 65536:
        raise UsageError(
            f"setting {key!r} must be a port from 1 to 65535, not {value}.", hint=Hint.of("config", "set", key, "8080")
        )
    return value


def parse(key: str, value: Any) -> Any:
    """A value from TOML or the command line, as the type of the setting. Raises UsageError."""
    default = next((f.default for f in fields(Settings) if f.name == key), None)
    if default is None:
        raise UsageError(f"there is no setting {key!r}.", hint=Hint.of("config", "show"))
    try:
        if isinstance(default, bool):
            return value if isinstance(value, bool) else {"true": True, "false": False}[str(value).lower()]
        if isinstance(default, int):
            return _number(key, int(str(value)))
        if key in ("seed_from", "seed_to"):
            return date.fromisoformat(str(value)).isoformat()
        if key == "admin_user":
            names.check(names.USER, str(value))
        if key == "timezone":
            return ZoneInfo(str(value)).key
    except (ValueError, KeyError, OSError) as e:
        kinds = {"timezone": "a time zone such as Asia/Seoul", "seed_from": "a date", "seed_to": "a date"}
        kind = "true or false" if isinstance(default, bool) else kinds.get(key, "a whole number")
        raise UsageError(
            f"setting {key!r} must be {kind}, not {value!r}.", hint=Hint.of("config", "set", key, "VALUE")
        ) from e
    if isinstance(default, tuple):
        return _strings(key, value)
    if key == "executor" and value not in (LOCAL, CELERY):
        raise UsageError(f"there is no executor {value!r}.", hint=Hint.of("setup", "--executor", CELERY))
    if key in ("listen", "head") and value:
        urls.parse_listen(str(value))
    read = {"alert_smtp": _mail_server, "storage": storage.parse}.get(key, str)
    return read(str(value)) if value else str(value)


def _mail_server(url: str) -> str:
    """A URL without a password, which is a secret. Raises UsageError."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("smtp", "smtps") and parts.hostname and not parts.password and parts.port != 0
    except ValueError:
        valid = False
    if not valid or parts.path.strip("/") or parts.query:
        raise UsageError(
            "setting 'alert_smtp' must name a mail server, without a password.",
            hint="smtp://user@smtp.example.com:587, or smtps:// for TLS from the start",
        )
    return url


def _strings(key: str, value: Any) -> tuple[str, ...]:
    entries = [entry.strip() for entry in value.split(",") if entry.strip()] if isinstance(value, str) else value
    if not isinstance(entries, list | tuple) or not all(isinstance(entry, str) for entry in entries):
        raise UsageError(
            f"setting {key!r} must be a list of strings, not {value!r}.", hint=Hint.of("config", "set", key, "one,two")
        )
    pattern, kind, example = _PATTERNS.get(key, ("", "", ""))
    if invalid := [entry for entry in entries if pattern and not re.fullmatch(pattern, entry)]:
        raise UsageError(f"{invalid[0]!r} is not {kind}.", hint=Hint.of("config", "set", key, example))
    return _preload(entries) if key == "preload" else tuple(entries)


def _preload(entries: Sequence[str]) -> tuple[str, ...]:
    """Raises UsageError if they contradict each other, or leave modules out of nothing."""
    problem = ""
    if "off" in entries and len(entries) > 1:
        problem = "'off' cannot be combined with other entries."
    elif entries and all(entry.startswith("-") for entry in entries):
        problem = f"{entries[0]!r} only leaves a module out."
    if problem:
        raise UsageError(problem, hint=Hint.of("config", "set", "preload", _PATTERNS["preload"][2]))
    return tuple(entries)
