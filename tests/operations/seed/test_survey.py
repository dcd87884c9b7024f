"""The action for a day, depending on its rows, the ledger and the request."""

from dataclasses import replace
from datetime import date

import pytest

from mlopsctl.core.states import DayAction, DayState
from mlopsctl.operations.seed.inventory import UNCOUNTED, Inventory
from mlopsctl.operations.seed.ledger import DAY_COLUMN, SQL_VERSION, LedgerEntry
from mlopsctl.operations.seed.profile import NO_DRIFT, Profile, SeedRequest
from mlopsctl.operations.seed.survey import day_action, has_same_snapshots

DAY = date(2023, 12, 1)
ENTRY = LedgerEntry(Profile(), SQL_VERSION, (1640, 1300, 6, 2))
ALL_ROWS = (UNCOUNTED, UNCOUNTED, 6, 2)


def inventory(entry: LedgerEntry | None, *rows: int) -> Inventory:
    return Inventory(
        {DAY: entry} if entry else {},
        {table: {DAY: number} if number else {} for table, number in zip(DAY_COLUMN, rows, strict=True)},
    )


def action(entry: LedgerEntry | None, *rows: int, request: SeedRequest | None = None) -> DayAction:
    return day_action(inventory(entry, *rows), DAY, request or SeedRequest())


def test_a_complete_day_is_kept() -> None:
    assert inventory(ENTRY, *ALL_ROWS).state(DAY) == DayState.COMPLETE
    assert action(ENTRY, *ALL_ROWS) == DayAction.KEEP


def test_additional_rows_are_kept() -> None:
    assert action(ENTRY, UNCOUNTED, UNCOUNTED, 9, 2) == DayAction.KEEP


@pytest.mark.parametrize(
    "rows", [(0, UNCOUNTED, 6, 2), (UNCOUNTED, 0, 6, 2), (UNCOUNTED, UNCOUNTED, 5, 2), (UNCOUNTED, UNCOUNTED, 6, 0)]
)
def test_a_day_with_missing_rows_is_repaired(rows: tuple[int, ...]) -> None:
    assert inventory(ENTRY, *rows).state(DAY) == DayState.DAMAGED
    assert action(ENTRY, *rows) == DayAction.REPAIR


def test_a_day_without_defaults_or_applications_can_be_complete() -> None:
    assert action(replace(ENTRY, rows=(1640, 1300, 6, 0)), UNCOUNTED, UNCOUNTED, 6, 0) == DayAction.KEEP
    assert action(replace(ENTRY, rows=(1640, 1300, 0, 2)), UNCOUNTED, UNCOUNTED, 0, 2) == DayAction.KEEP


def test_a_day_without_rows_and_ledger_entry_is_added() -> None:
    assert inventory(None, 0, 0, 0, 0).state(DAY) == DayState.MISSING
    assert action(None, 0, 0, 0, 0) == DayAction.ADD


def test_rows_without_a_ledger_entry_are_replaced() -> None:
    assert inventory(None, UNCOUNTED, 0, 0, 0).state(DAY) == DayState.FOREIGN
    assert action(None, UNCOUNTED, 0, 0, 0) == DayAction.REPLACE


@pytest.mark.parametrize(
    "request_", [SeedRequest(scale=2), SeedRequest(seed=7), SeedRequest(dirt=1), SeedRequest(drift=DAY)]
)
def test_another_profile_is_replaced_if_one_is_requested(request_: SeedRequest) -> None:
    assert action(ENTRY, *ALL_ROWS, request=request_) == DayAction.REPLACE


def test_another_profile_is_kept_if_none_is_requested() -> None:
    other = replace(ENTRY, profile=Profile(7, 2, DAY, 5))
    assert action(other, *ALL_ROWS, request=SeedRequest(default_scale=3)) == DayAction.KEEP
    assert action(other, *ALL_ROWS, request=SeedRequest(drift=NO_DRIFT)) == DayAction.REPLACE


def test_a_rewrite_replaces_complete_days() -> None:
    assert action(ENTRY, *ALL_ROWS, request=SeedRequest(rewrite=True)) == DayAction.REPLACE


def test_rows_of_another_sql_version_are_replaced() -> None:
    assert action(replace(ENTRY, sql_version=SQL_VERSION - 1), *ALL_ROWS) == DayAction.REPLACE


def test_the_profiles_around_a_day() -> None:
    early, late = Profile(seed=1), Profile(seed=2)
    entries = {date(2023, 12, 1): replace(ENTRY, profile=early), date(2023, 12, 9): replace(ENTRY, profile=late)}
    found = Inventory(entries, {})
    assert found.profiles_around(date(2023, 11, 30)) == (None, early)
    assert found.profiles_around(date(2023, 12, 5)) == (early, late)
    assert found.profiles_around(date(2023, 12, 10)) == (late, None)
    assert Inventory({}, {}).profiles_around(DAY) == (None, None)


def test_drift_and_dirt_do_not_change_snapshots() -> None:
    assert has_same_snapshots(inventory(ENTRY, *ALL_ROWS), DAY, Profile(drift=DAY, dirt=5))
    assert not has_same_snapshots(inventory(ENTRY, *ALL_ROWS), DAY, Profile(seed=7))
    assert not has_same_snapshots(inventory(ENTRY, *ALL_ROWS), DAY, Profile(scale=2))
    old = replace(ENTRY, sql_version=SQL_VERSION - 1)
    assert not has_same_snapshots(inventory(old, *ALL_ROWS), DAY, Profile())
    assert not has_same_snapshots(inventory(ENTRY, UNCOUNTED, 0, 6, 2), DAY, Profile(dirt=5))
    assert not has_same_snapshots(inventory(None, *ALL_ROWS), DAY, Profile())
