"""Compare the days of a range with what seed would generate, and decide what to do about each."""

from dataclasses import dataclass, field
from datetime import date

from mlopsctl.adapters.mariadb.client import Session
from mlopsctl.core import dates
from mlopsctl.core.states import DayAction, DayState
from mlopsctl.operations.seed.inventory import Inventory, take_inventory
from mlopsctl.operations.seed.ledger import SQL_VERSION
from mlopsctl.operations.seed.profile import Profile, SeedRequest

ACTION_OF = {
    DayState.MISSING: DayAction.ADD,
    DayState.DAMAGED: DayAction.REPAIR,
    DayState.FOREIGN: DayAction.REPLACE,
    DayState.COMPLETE: DayAction.KEEP,
}


@dataclass(frozen=True)
class Survey:
    """The days that are not complete, by what is to be done about them.

    `replace`: days with another profile or SQL version, or with rows that are not from seed. `profiles`: the profile
    that each day is to have. `same_snapshots`: days to replace whose snapshots are already as they should be. `later`:
    days after the range whose profile differs from the request.
    """

    add: tuple[date, ...] = ()
    repair: tuple[date, ...] = ()
    replace: tuple[date, ...] = ()
    profiles: dict[date, Profile] = field(default_factory=dict)
    same_snapshots: frozenset[date] = frozenset()
    later: tuple[date, ...] = ()


def survey(session: Session, start: date, end: date, request: SeedRequest) -> Survey:
    inventory = take_inventory(session, start, end)
    found: dict[DayAction, list[date]] = {action: [] for action in DayAction}
    for day in dates.days(start, end):
        found[day_action(inventory, day, request)].append(day)
    add, repair, replace = (tuple(found[a]) for a in (DayAction.ADD, DayAction.REPAIR, DayAction.REPLACE))
    profiles = {day: _profile_of(inventory, day, request) for day in (*add, *repair, *replace)}
    same = [day for day in replace if not request.rewrite and has_same_snapshots(inventory, day, profiles[day])]
    later = [
        day
        for day, entry in inventory.ledger.items()
        if day > end and request.applied_to(entry.profile, day) != entry.profile
    ]
    return Survey(add, repair, replace, profiles, frozenset(same), tuple(later))


def day_action(inventory: Inventory, day: date, request: SeedRequest) -> DayAction:
    entry = inventory.ledger.get(day)
    if entry and (
        request.rewrite or entry.sql_version != SQL_VERSION or entry.profile != request.applied_to(entry.profile, day)
    ):
        return DayAction.REPLACE
    return ACTION_OF[inventory.state(day)]


def has_same_snapshots(inventory: Inventory, day: date, profile: Profile) -> bool:
    """Whether the snapshots of a day are those of `profile`. Drift and dirt do not change snapshots."""
    entry = inventory.ledger.get(day)
    if not entry or inventory.state(day) != DayState.COMPLETE:
        return False
    written = (entry.sql_version, entry.profile.seed, entry.profile.scale)
    return written == (SQL_VERSION, profile.seed, profile.scale)


def _profile_of(inventory: Inventory, day: date, request: SeedRequest) -> Profile:
    if entry := inventory.ledger.get(day):
        return request.applied_to(entry.profile, day)
    return request.for_new_day(*inventory.profiles_around(day), day)
