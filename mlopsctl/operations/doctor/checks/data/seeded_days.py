"""Whether every day of the seeded range is complete and unchanged."""

from collections.abc import Iterator, Mapping
from datetime import date

from mlopsctl.core import dates
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import DayState
from mlopsctl.core.text import plural
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext
from mlopsctl.operations.seed import generate, report
from mlopsctl.operations.seed.ledger import (
    FIRST_DAY,
    LAST_DAY,
    LedgerEntry,
    in_reference_period,
    read_ledger,
    seeded_range,
)
from mlopsctl.operations.seed.profile import SeedRequest
from mlopsctl.operations.seed.schema import missing_tables
from mlopsctl.operations.seed.staging import Chunk, chunks
from mlopsctl.operations.seed.verify import verify

MAX_SCALE = 10  # generating a day for comparison takes 1 s at this scale, 3 s at scale 20


def seeded_days(context: DoctorContext) -> tuple[date, date]:
    """The first and the last seeded day. Raises CheckSkipped if there is none."""
    db = context.feature_store

    def load() -> tuple[date, date] | None:
        if missing_tables(db):
            return None
        with db.without_database.session() as session:
            return seeded_range(session)

    found = context.cached("seeded-days", load)
    if not found:
        raise CheckSkipped("no data has been seeded")
    return found


def check_holes(context: DoctorContext) -> Iterator[Finding]:
    start, end = seeded_days(context)
    states = report.read(context.feature_store, start, end).states
    missing = [day for day, state in states.items() if state == DayState.MISSING]
    damaged = [day for day, state in states.items() if state == DayState.DAMAGED]
    if missing:
        message = f"{_count(missing)} between {start} and {end} without data: {dates.format_days(missing)}."
        yield Finding(message, _seed_command(missing), details=missing, key="missing")
    if damaged:
        protected = any(map(in_reference_period, damaged))
        message = f"{_count(damaged)} with fewer rows than were seeded: {dates.format_days(damaged)}."
        hint = _seed_command(damaged, "--force") if protected else _seed_command(damaged)
        yield Finding(message, hint, details=damaged, fixable=not protected, key="damaged")


def seed_missing_days(context: DoctorContext, finding: Finding) -> Iterator[str]:
    """With the profile of the days around them; existing rows are kept."""
    days: list[date] = finding.details
    request = SeedRequest(default_scale=context.platform.settings.seed_scale)
    for step in generate.run(context.feature_store, days[0], days[-1], request):
        if step.error:
            raise step.error
        yield step.detail


def todays_sample(ledger: Mapping[date, LedgerEntry], today: date) -> Chunk:
    """The seeded days to verify today: a month at scale 1, fewer days at larger scales. The sample changes every day,
    so that all are verified in time. Raises CheckSkipped if that takes too long."""
    samples = chunks({day: entry.profile for day, entry in ledger.items()})
    sample = samples[today.toordinal() % len(samples)]
    if sample.profile.scale > MAX_SCALE:
        raise CheckSkipped(f"data of scale {sample.profile.scale} takes too long to verify in a check")
    return sample


def check_checksums(context: DoctorContext) -> Iterator[Finding]:
    seeded_days(context)  # raises CheckSkipped
    with context.feature_store.without_database.session() as session:
        sample = todays_sample(read_ledger(session, FIRST_DAY, LAST_DAY), date.today())
    checks = verify(context.feature_store, sample.days[0], sample.days[-1])
    if days := sorted({day for check in checks for day in check.differ}):
        force = ("--force",) if any(map(in_reference_period, days)) else ()
        again = _seed_command(days, "--again", *force).command
        message = f"{_count(days)} with rows that differ from what was seeded: {dates.format_days(days)}."
        hint = Hint.of("seed", "verify", note="to seed them again:", other=again)
        yield Finding(message, hint, fixable=False)


def _count(days: list[date]) -> str:
    return plural(len(days), "day")


def _seed_command(days: list[date], *options: str) -> Hint:
    return Hint.of("seed", "--from", days[0], "--to", days[-1], *options)


CHECKS = (
    Check(
        "holes", Group.DATA, "Models silently learn from incomplete data, and backfills of missing days fail.",
        check_holes, seed_missing_days,
    ),
    Check(
        "checksums", Group.DATA, "Models differ if rows were changed. Each day, other months are verified.",
        check_checksums,
    ),
)  # fmt: skip
