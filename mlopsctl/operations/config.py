"""Change a setting."""

from mlopsctl.adapters import config_file
from mlopsctl.core import settings
from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home
from mlopsctl.core.result import Message, Result
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import Status

IMMEDIATE = ("fills", "dag_timezones")  # only mlopsctl itself reads these


def change(home: Home, current: Settings, key: str, value: str, *, dry_run: bool) -> Result:
    """Write a setting to config.toml. Raises UsageError for an unknown key, an invalid value, and settings that have a
    command of their own."""
    _check_settable(key, value)
    wanted = current.changed(**{key: settings.parse(key, value)})
    changed = wanted != current if dry_run else config_file.save(home.config, wanted)
    data = {"key": key, "value": value, "changed": changed}
    return Result(data, Status.PLANNED if dry_run else Status.OK, (_message(key, value, changed, dry_run),))


def _message(key: str, value: str, changed: bool, dry_run: bool) -> Message:
    if not changed:
        return Message(f"{key} is already {value}")
    if dry_run:
        return Message(f"{key} would be {value}")
    if key in IMMEDIATE:
        return Message(f"{key} = {value}")
    return Message(f"{key} = {value}, not applied yet", hint=Hint.of("setup", note="applies it"))


def _check_settable(key: str, value: str) -> None:
    if key.startswith("external_"):
        hint = Hint.of("setup", "--metadata-db", "URL", note="or --feature-store")
    elif key == "airflow_version":
        hint = Hint.of("upgrade", "--airflow-version", value)
    elif key.startswith("alert_"):  # alert settings depend on each other, and on secrets
        hint = Hint.of("setup", f"--{key.replace('_', '-')}", "VALUE")
    else:
        return
    raise UsageError(f"{key} cannot be set here.", hint=hint)
