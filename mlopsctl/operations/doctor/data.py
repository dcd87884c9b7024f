"""The exam data: whether all days of the seeded range are there, and as seed makes them."""

from collections.abc import Iterator, Mapping
from datetime import date

from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.core import dates
from mlopsctl.operations import seed
from mlopsctl.operations.db.schema import missing_tables
from mlopsctl.operations.doctor.check import Check, Finding
from mlopsctl.operations.doctor.context import Place, Skipped
from mlopsctl.operations.seed.days import FIRST, LAST, Made, read_ledger, seeded_range
from mlopsctl.operations.seed.staging import Chunk, chunks
from mlopsctl.operations.seed.verify import verify

SCALE = 10  # of which days can be made again while one waits: 1 s; at scale 20 it is 3 s, whatever their number


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
        yield Finding(said, _seed(missing), about=missing, key="missing")
    if damaged:
        protected = any(map(seed.in_reference, damaged))
        said = f"{seed.number(damaged)} with fewer rows than seed made: {dates.fold(damaged)}."
        yield Finding(said, _seed(damaged, force=protected), about=damaged, fixable=not protected, key="damaged")


def fill(place: Place, finding: Finding) -> Iterator[str]:
    """The missing days, as the days around them are; rows that are there stay."""
    days: list[date] = finding.about
    wish = seed.Wish(default_scale=place.platform.settings.seed_scale)
    for step in seed.run(store(place), days[0], days[-1], wish):
        if step.error:
            raise step.error
        yield step.detail


def share(ledger: Mapping[date, Made], today: date) -> Chunk:
    """Of the seeded days those that are looked at today, tomorrow others, in time all: a month at scale 1, fewer at
    larger scales. Raises Skipped."""
    parts = chunks({day: made.world for day, made in ledger.items()})
    chosen = parts[today.toordinal() % len(parts)]
    if chosen.world.scale > SCALE:
        raise Skipped(f"exam data of scale {chosen.world.scale} take long to make again, see mlopsctl seed verify")
    return chosen


def checksums(place: Place) -> Iterator[Finding]:
    span(place)  # raises where there are none
    with store(place).bare.session() as session:
        chosen = share(read_ledger(session, FIRST, LAST), date.today())
    checks = verify(store(place), chosen.days[0], chosen.days[-1])
    if days := sorted({day for check in checks for day in check.differ}):
        said = f"{seed.number(days)} with other rows than seed makes: {dates.fold(days)}."
        anew = _seed(days, force=any(map(seed.in_reference, days)), again=True)
        hint = f"mlopsctl seed verify; to write them anew: {anew}"
        yield Finding(said, hint, fixable=False)


def _seed(days: list[date], *, force: bool = False, again: bool = False) -> str:
    words = ["mlopsctl seed", "--again" * again, f"--from {days[0]} --to {days[-1]}", "--force" * force]
    return " ".join(word for word in words if word)


CHECKS = (
    Check("holes", "data", "Models are trained on holes without a word, and backfills of such days fail.", holes, fill),
    Check(
        "checksums", "data", "Rows that somebody changed change every model; each day another part is looked at.",
        checksums,
    ),
)  # fmt: skip
