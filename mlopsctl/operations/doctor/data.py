"""The exam data: whether all days of the seeded range are there, and as seed makes them."""

import time
from collections.abc import Iterator
from datetime import date

from mlopsctl import dates
from mlopsctl.adapters.mariadb import MariaDB
from mlopsctl.operations import seed
from mlopsctl.operations.doctor.check import Check, Finding
from mlopsctl.operations.doctor.place import Place, Skipped
from mlopsctl.operations.schema import missing_tables
from mlopsctl.operations.seed.days import seeded_range
from mlopsctl.operations.seed.verify import verify

BUDGET = 0.8  # seconds; all of a world of scale 1 take longer than a doctor may


def store(place: Place) -> MariaDB:
    """Raises Skipped where there is none to ask."""
    platform = place.platform
    if platform.settings.external_feature_store:
        place.need_secrets("feature-store-url")
    else:
        place.need_secrets("mariadb-mlops-password")
        place.need("mariadb")
    return platform.features()


def span(place: Place) -> tuple[date, date]:
    """From the first day that was seeded to the last. Raises Skipped where there is none."""
    db = store(place)

    def ask() -> tuple[date, date] | None:
        if missing_tables(db):
            return None
        with db.bare.session() as session:
            return seeded_range(session)

    found = place.once("seeded", ask)
    if not found:
        raise Skipped("no exam data was seeded")
    return found


def holes(place: Place) -> Iterator[Finding]:
    start, end = span(place)
    states = seed.read(store(place), start, end).states
    missing = [day for day, state in states.items() if state == "missing"]
    damaged = [day for day, state in states.items() if state == "damaged"]
    if missing:
        said = f"{seed.number(missing)} of {start} … {end} without exam data: {dates.fold(missing)}."
        yield Finding(said, _seed(missing), about=missing)
    if damaged:
        protected = any(map(seed.in_reference, damaged))
        said = f"{seed.number(damaged)} with fewer rows than seed made: {dates.fold(damaged)}."
        yield Finding(said, _seed(damaged, force=protected), about=damaged, fixable=not protected)


def fill(place: Place, finding: Finding) -> Iterator[str]:
    """The missing days, as the days around them are; rows that are there stay."""
    days: list[date] = finding.about
    wish = seed.Wish(default_scale=place.platform.settings.seed_scale)
    for step in seed.run(store(place), days[0], days[-1], wish):
        if step.error:
            raise step.error
        yield step.detail


def checksums(place: Place) -> Iterator[Finding]:
    """Each day another month comes first, so that in time all are looked at."""
    start, end = span(place)
    months = sorted({day.replace(day=1) for day in (start, *dates.days(start, end))})
    first = max(start, months[date.today().toordinal() % len(months)])
    until, differ = time.monotonic() + BUDGET, set[date]()
    for check in verify(store(place), first, end):
        differ |= set(check.differ)
        if time.monotonic() > until:
            break
    if differ:
        days = sorted(differ)
        said = f"{seed.number(days)} with other rows than seed makes: {dates.fold(days)}."
        anew = _seed(days, force=any(map(seed.in_reference, days)), again=True)
        hint = f"mlopsctl seed verify; to write them anew: {anew}"
        yield Finding(said, hint, fixable=False)


def _seed(days: list[date], *, force: bool = False, again: bool = False) -> str:
    words = ["mlopsctl seed", "--again" * again, f"--from {days[0]} --to {days[-1]}", "--force" * force]
    return " ".join(word for word in words if word)


CHECKS = (
    Check("holes", "data", "Models are trained on holes without a word, and backfills of such days fail.", holes, fill),
    Check("checksums", "data", "Rows that somebody changed change every model (as far as two seconds go).", checksums),
)
