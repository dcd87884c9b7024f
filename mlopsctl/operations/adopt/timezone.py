"""The default time zone of the other Airflow: dates of DAGs that name none are read in it."""

from zoneinfo import ZoneInfo

from mlopsctl.adapters import config_file
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Step
from mlopsctl.operations.platform import Platform

OPTION = "core.default_timezone"


def differing(settings: Settings, name: str) -> str:
    """The name of its time zone if it is another one than this platform's; otherwise empty."""
    zone = "UTC" if name.lower() == "utc" else name
    if not zone or zone == settings.timezone:
        return ""
    try:
        return ZoneInfo(zone).key
    except (ValueError, KeyError, OSError):  # `system` and what Airflow would reject
        return ""


def notes(zone: str, take: bool) -> tuple[Message, ...]:
    if not zone or take:
        return ()
    hint = Hint.of("config", "set", "timezone", zone).followed_by("setup")
    return (Message(f"its time zone is {zone}: DAGs without their own have other dates here", hint=hint),)


def run(platform: Platform, zone: str) -> Step:
    changed = config_file.save(platform.home.config, platform.settings.changed(timezone=zone))
    state = StepState.CHANGED if changed else StepState.OK
    return Step("timezone", state, f"{zone}; the next setup applies it")
