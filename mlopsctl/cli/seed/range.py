"""The --from and --to of `mlopsctl seed` and its subcommands."""

from datetime import date

from mlopsctl.cli._common.app import App
from mlopsctl.core import dates

CHECKING = "checking which days exist"


def parse_range(app: App, start: str | None, end: str | None) -> tuple[date, date]:
    """Default: the range of the settings. Days to come are allowed: the data are synthetic. Raises UsageError."""
    first, last = start or app.settings.seed_from, end or app.settings.seed_to
    return dates.parse_range(first, last, today=dates.today_in(app.settings.timezone), future=True)


def parse_open_range(app: App, start: str | None, end: str | None) -> tuple[date | None, date | None]:
    return dates.parse_open_range(start, end, today=dates.today_in(app.settings.timezone))
