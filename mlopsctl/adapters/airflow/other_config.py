"""The configuration of an Airflow that mlopsctl does not manage: its airflow.cfg, and `AIRFLOW__…` variables, which
Airflow prefers. Values that Airflow gets by running a command or from a secrets backend are not fetched."""

import configparser
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint

Option = tuple[str, str]  # section and key

# Options that change what DAGs do or where they run, and Airflow's default, 2.7 to 3.3. Several: it depends on the
# release. An empty value is a default everywhere.
DEFAULTS: dict[Option, tuple[str, ...]] = {
    ("core", "default_timezone"): ("utc", "UTC"),
    ("core", "executor"): ("SequentialExecutor", "LocalExecutor"),
    ("core", "parallelism"): ("32",),
    ("core", "max_active_tasks_per_dag"): ("16",),
    ("core", "max_active_runs_per_dag"): ("16",),
    ("core", "default_task_retries"): ("0",),
    ("core", "dagbag_import_timeout"): ("30", "30.0"),
    ("core", "default_pool_task_slot_count"): ("128",),
    ("core", "xcom_backend"): ("airflow.models.xcom.BaseXCom", "airflow.sdk.execution_time.xcom.BaseXCom"),
    ("core", "enable_xcom_pickling"): ("False",),
    ("logging", "remote_logging"): ("False",),
    ("secrets", "backend"): (),
    ("smtp", "smtp_host"): ("localhost",),
    ("smtp", "smtp_mail_from"): ("airflow@example.com",),
}


@dataclass(frozen=True)
class OtherConfig:
    """`home`: its AIRFLOW_HOME; None: only its database is known. `variables`: the `AIRFLOW__…` variables of this
    process. `used`: the names of those that were read."""

    home: Path | None
    options: Mapping[Option, str] = field(repr=False)
    variables: Mapping[str, str] = field(repr=False)
    used: set[str] = field(default_factory=set)

    def get(self, section: str, key: str) -> str:
        """The value; empty if it is not set. Raises MlopsctlError if Airflow runs a command for it, or asks a secrets
        backend."""
        for suffix in ("", "_cmd", "_secret"):
            name = f"AIRFLOW__{section}__{key}{suffix}".upper()
            if name in self.variables:
                self.used.add(name)
                return self._value(section, key, suffix, self.variables[name])
        for suffix in ("", "_cmd", "_secret"):
            if value := self.options.get((section, f"{key}{suffix}")):
                return self._value(section, key, suffix, value)
        return ""

    def _value(self, section: str, key: str, suffix: str, value: str) -> str:
        if suffix:
            raise _indirect(section, key, suffix)
        return self.expand(value)

    def expand(self, value: str) -> str:
        """As Airflow does: variables and a leading `~`."""
        value = value.replace("{AIRFLOW_HOME}", str(self.home))
        known = {**os.environ, "AIRFLOW_HOME": str(self.home)}
        value = re.sub(r"\$(\w+|\{\w+\})", lambda match: known.get(match[1].strip("{}"), match[0]), value)
        return str(Path(value).expanduser()) if value.startswith("~") else value

    def changed_options(self) -> dict[str, tuple[str, str]]:
        """The options that differ from Airflow's default: `section.key` → value and default."""
        changed = {}
        for (section, key), defaults in DEFAULTS.items():
            try:
                value = self.get(section, key)
            except MlopsctlError:  # its value is not known, so it is not compared
                continue
            if value and value not in defaults:
                changed[f"{section}.{key}"] = (value, defaults[0] if defaults else "")
        return changed


def read(home: Path | None, environment: Mapping[str, str]) -> OtherConfig:
    """Raises MlopsctlError if the directory is not an AIRFLOW_HOME, or its airflow.cfg is invalid; PermissionError."""
    variables = {name: value for name, value in environment.items() if name.startswith("AIRFLOW__")}
    return OtherConfig(home, _read_options(home) if home else {}, variables)


def _read_options(home: Path) -> dict[Option, str]:
    cfg = home / "airflow.cfg"
    if not home.is_dir():
        raise _no_home(f"{home} is not a directory")
    if not cfg.exists():
        if (home / "airflow.db").exists():
            return {}
        raise _no_home(f"{home} is not an AIRFLOW_HOME: it contains no airflow.cfg")
    # A percent sign is doubled in this file; other interpolations are only in the formats of logs.
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(cfg.read_text(encoding="utf-8"), str(cfg))
    except (configparser.Error, UnicodeDecodeError) as e:
        reason = " ".join(str(e).split()) if isinstance(e, configparser.Error) else "it is not UTF-8"
        hint = Hint.of("adopt", "--metadata-db", "URL", note="reads only the database; or correct the file")
        raise MlopsctlError(f"{cfg} is not valid: {reason}.", hint=hint, code="unreadable") from e
    return {
        (section, key): value.replace("%%", "%")
        for section in parser.sections()
        for key, value in parser.items(section)
    }


def _no_home(problem: str) -> MlopsctlError:
    return MlopsctlError(
        f"{problem}.",
        hint=Hint.of("adopt", "AIRFLOW_HOME", note="it is the directory that `airflow info` shows as airflow_home"),
        code="no-airflow-home",
    )


def _indirect(section: str, key: str, suffix: str) -> MlopsctlError:
    source = "the output of a command" if suffix == "_cmd" else "a value in a secrets backend"
    if key == "fernet_key":
        hint = Hint.of("adopt", "AIRFLOW_HOME", "--fernet-key-file", "FILE", note="with the key in FILE; - is stdin")
    else:
        hint = Hint(note=f"give it in the variable AIRFLOW__{section}__{key}".upper())
    return MlopsctlError(
        f"[{section}] {key} is {source}, which mlopsctl does not fetch.", hint=hint, code="indirect-option"
    )
