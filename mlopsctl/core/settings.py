"""Settings of a home: option > variable > `config.toml` > default. The first two are click's business."""

import re
import shlex
import tomllib
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint

AIRFLOW_VERSION = "3.3.2"
FILLS = (
    "data_extract_pipeline=mlops.ineligible_loan_model_features.base_dt",
    "ineligible_loan_model=mlops.ineligible_loan_model_result.base_dt",
)


@dataclass(frozen=True)
class Settings:
    """What a home remembers between commands. Nothing secret: passwords and URLs that hold them are in `secrets/`.

    `fills`: which table and day column a DAG fills, `dag_id=database.table.column`. `alert_smtp`: the mail server, as
    `smtp[s]://user@host:port`; `alert_webhook`: whether there is one, for its URL is a secret.
    """

    airflow_version: str = AIRFLOW_VERSION
    python: str = ""
    constraints: str = "auto"
    timezone: str = "Asia/Seoul"
    api_host: str = "127.0.0.1"
    api_port: int = 8080
    mariadb_port: int = 13306
    admin_user: str = "admin"
    dags: tuple[str, ...] = ()
    requirements: str = ""
    external_metadata_db: bool = False
    external_feature_store: bool = False
    seed: bool = True
    seed_from: str = "2023-06-01"
    seed_to: str = "2025-12-31"
    seed_scale: int = 1
    fills: tuple[str, ...] = FILLS
    alert_email: tuple[str, ...] = ()
    alert_smtp: str = ""
    alert_webhook: bool = False

    @property
    def alerts(self) -> tuple[str, ...]:
        """The ways on which failures of DAGs are told."""
        return ("email",) * bool(self.alert_email) + ("webhook",) * self.alert_webhook

    @property
    def api_url(self) -> str:
        host = "127.0.0.1" if self.api_host in ("0.0.0.0", "::") else self.api_host  # noqa: S104
        return f"http://[{host}]:{self.api_port}" if ":" in host else f"http://{host}:{self.api_port}"

    def filled_by(self, dag_id: str) -> tuple[str, str] | None:
        """The table that a DAG fills, and its column that holds the day; our own DAGs' where the file names others."""
        lines = (line.partition("=") for line in (*self.fills, *FILLS))
        found = next((place for name, _, place in lines if name == dag_id), "")
        table, _, column = found.rpartition(".")
        return (table, column) if table else None

    def changed(self, **values: object) -> "Settings":
        """A copy with the values that are not None."""
        return replace(self, **{k: v for k, v in values.items() if v is not None})  # type: ignore[arg-type]


def load(path: Path) -> Settings:
    """Read `config.toml`; a missing file means the defaults. Raises UsageError for a value that does not fit.

    The remedy is an editor: `config set` reads the file, too, and who removes it loses the ports of what runs.
    """
    mend = Hint(line=f"${{EDITOR:-vi}} {shlex.quote(str(path))}")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except tomllib.TOMLDecodeError as e:  # which names the line
        raise MlopsctlError(f"{path} cannot be read: {e}.", hint=mend) from e
    except UnicodeDecodeError as e:
        line = e.object.count(b"\n", 0, e.start) + 1
        raise MlopsctlError(f"{path} cannot be read: line {line} is not UTF-8.", hint=mend) from e
    known = {f.name for f in fields(Settings)}
    try:
        return Settings(**{k: parse(k, v) for k, v in raw.items() if k in known})
    except UsageError as e:
        e.hint = mend
        raise


def _number(key: str, value: int) -> int:
    if key.endswith("_port") and not 0 < value < 65536:
        raise UsageError(
            f"setting {key!r} must be a port from 1 to 65535, not {value}.", hint=Hint.of("config", "set", key, "8080")
        )
    return value


def parse(key: str, value: Any) -> Any:
    """`value`, from TOML or the command line, as the type that the setting has. Raises UsageError."""
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
        if key == "admin_user" and not value:
            raise UsageError("the name of the admin user is empty.", hint=Hint.of("setup", "--admin-user", "admin"))
        if key == "timezone":
            return ZoneInfo(str(value)).key
    except (ValueError, KeyError, OSError) as e:
        kinds = {"timezone": "a time zone such as Asia/Seoul", "seed_from": "a date", "seed_to": "a date"}
        kind = "true or false" if isinstance(default, bool) else kinds.get(key, "a whole number")
        raise UsageError(
            f"setting {key!r} must be {kind}, not {value!r}.", hint=Hint.of("config", "set", key, "VALUE")
        ) from e
    if isinstance(default, tuple):
        return _words(key, value)
    return _mail_server(str(value)) if key == "alert_smtp" and value else str(value)


def _mail_server(url: str) -> str:
    """Without a password: that is a secret. Raises UsageError."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("smtp", "smtps") and parts.hostname and not parts.password and parts.port != 0
    except ValueError:
        fits = False
    if not fits or parts.path.strip("/") or parts.query:
        raise UsageError(
            "setting 'alert_smtp' must name a mail server, without a password.",
            hint="smtp://user@smtp.example.com:587, or smtps:// for TLS from the first byte",
        )
    return url


def _words(key: str, value: Any) -> tuple[str, ...]:
    words = [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise UsageError(
            f"setting {key!r} must be a list of words, not {value!r}.", hint=Hint.of("config", "set", key, "one,two")
        )
    wrong = [word for word in words if key == "fills" and not re.fullmatch(r"[\w.-]+=\w+\.\w+\.\w+", word)]
    if wrong:
        raise UsageError(
            f"{wrong[0]!r} does not say which table a DAG fills.",
            hint=Hint.of("config", "set", "fills", "my_dag=mlops.my_table.base_dt"),
        )
    if key == "alert_email" and (wrong := [word for word in words if not re.fullmatch(r"[^@\s]+@[^@\s]+", word)]):
        raise UsageError(f"{wrong[0]!r} is no mail address.", hint="ops@example.com,team@example.com")
    return tuple(words)
