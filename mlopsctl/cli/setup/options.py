"""The options of `mlopsctl setup`, and the settings that they change."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO, Any

from mlopsctl.core import dates
from mlopsctl.core import settings as settings_file
from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.settings import Settings

EXAMPLES = {
    "timezone": "Asia/Seoul",
    "admin_user": "admin",
    "alert_email": "ops@example.com",
    "preload": "auto,-pandas",
    "listen": "10.0.0.5",
    "storage": "file:///mnt/shared",
}


@dataclass(frozen=True)
class SetupOptions:
    """As given on the command line; None: not given."""

    airflow_version: str | None
    python: str | None
    constraints: str | None
    offline: bool
    metadata_db: str | None
    feature_store: str | None
    dags: tuple[Path, ...]
    requirements: Path | None
    timezone: str | None
    admin_user: str | None
    admin_password_file: IO[str] | None
    api_host: str | None
    api_port: int | None
    executor: str | None
    listen: str | None
    worker_slots: int | None
    storage: str | None
    preload: str | None
    seed_from: str | None
    seed_to: str | None
    seed_scale: int | None
    no_seed: bool
    alert_email: str | None
    alert_smtp: str | None
    alert_smtp_password_file: IO[str] | None
    alert_webhook: str | None
    no_start: bool

    @property
    def seed(self) -> bool | None:
        """Options of the exam data switch them on again after an earlier --no-seed."""
        if self.no_seed:
            return False
        return True if (self.seed_from, self.seed_to, self.seed_scale) != (None, None, None) else None


def changed_settings(options: SetupOptions, timezone: str) -> dict[str, Any]:
    """The settings that the options change, without those of alerts. `timezone`: the current one of the home.

    Raises UsageError for a time zone, a user name or a date that is not valid.
    """
    names = {f.name for f in fields(Settings)} & {f.name for f in fields(SetupOptions)}
    changed = {name: getattr(options, name) for name in names if not name.startswith("alert_")}
    for name in ("admin_user", "timezone", "preload", "listen", "storage"):
        if changed[name] is not None:
            changed[name] = parse_setting(name, changed[name])
    changed["dags"] = tuple(map(_absolute, options.dags)) or None
    changed["requirements"] = _absolute(options.requirements) if options.requirements else None
    today = dates.today_in(changed["timezone"] or timezone)
    for name, last in (("seed_from", False), ("seed_to", True)):
        if changed[name]:
            changed[name] = dates.parse_day(changed[name], today=today, last=last).isoformat()
    if options.seed_from and options.seed_to and changed["seed_from"] > changed["seed_to"]:
        raise UsageError(
            f"--seed-from {options.seed_from} is after --seed-to {options.seed_to}.",
            hint=f"swap them: --seed-from {options.seed_to} --seed-to {options.seed_from}",
        )
    return changed | {"seed": options.seed}


def parse_setting(name: str, value: str) -> Any:
    """Raises UsageError with a valid option: the home may have no settings yet that `config set` could change."""
    try:
        return settings_file.parse(name, value)
    except UsageError as e:
        e.hint = Hint.of("setup", f"--{name.replace('_', '-')}", EXAMPLES[name])
        raise


def _absolute(path: Path) -> str:
    return str(path.expanduser().absolute())
