"""How a day is judged."""

from dataclasses import replace
from datetime import date

from mlopsctl.operations.seed.days import DAY_OF, RECIPE, Made, Stock, _alike, verdict
from mlopsctl.operations.seed.profile import NEVER, Wish, World

DAY = date(2023, 12, 1)
MADE = Made(World(), RECIPE, (1640, 1300, 6, 2))
WHOLE = (-1, -1, 6, 2)


def stock(made: Made | None, *held: int) -> Stock:
    return Stock(
        {DAY: made} if made else {},
        {table: {DAY: rows} if rows else {} for table, rows in zip(DAY_OF, held, strict=True)},
    )


def test_a_day_as_seed_made_it_is_kept() -> None:
    assert stock(MADE, *WHOLE).state(DAY) == "complete"
    assert verdict(stock(MADE, *WHOLE), DAY, Wish()) == "kept"


def test_rows_beside_ours_are_somebodys_own() -> None:
    assert verdict(stock(MADE, -1, -1, 9, 2), DAY, Wish()) == "kept"


def test_a_day_that_lost_rows_is_mended() -> None:
    for held in ((0, -1, 6, 2), (-1, 0, 6, 2), (-1, -1, 5, 2), (-1, -1, 6, 0)):
        assert stock(MADE, *held).state(DAY) == "damaged"
        assert verdict(stock(MADE, *held), DAY, Wish()) == "mend"


def test_a_day_without_defaults_or_without_applications_is_whole() -> None:
    assert verdict(stock(replace(MADE, rows=(1640, 1300, 6, 0)), -1, -1, 6, 0), DAY, Wish()) == "kept"
    assert verdict(stock(replace(MADE, rows=(1640, 1300, 0, 2)), -1, -1, 0, 2), DAY, Wish()) == "kept"


def test_a_day_that_nobody_wrote_is_missing() -> None:
    assert stock(None, 0, 0, 0, 0).state(DAY) == "missing"
    assert verdict(stock(None, 0, 0, 0, 0), DAY, Wish()) == "missing"


def test_rows_that_seed_never_wrote_are_foreign() -> None:
    assert stock(None, -1, 0, 0, 0).state(DAY) == "foreign"
    assert verdict(stock(None, -1, 0, 0, 0), DAY, Wish()) == "foreign"


def test_rows_of_another_world_are_foreign_where_that_was_said() -> None:
    for said in (Wish(scale=2), Wish(seed=7), Wish(dirt=1), Wish(drift=DAY)):
        assert verdict(stock(MADE, *WHOLE), DAY, said) == "foreign"
    other = stock(replace(MADE, world=World(7, 2, DAY, 5)), *WHOLE)
    assert verdict(other, DAY, Wish(default_scale=3)) == "kept"
    assert verdict(other, DAY, Wish(drift=NEVER)) == "foreign"


def test_a_day_is_written_anew_where_that_was_said() -> None:
    assert verdict(stock(MADE, *WHOLE), DAY, Wish(again=True)) == "foreign"


def test_a_day_knows_the_seeded_days_around_it() -> None:
    early, late = World(seed=1), World(seed=2)
    made = {date(2023, 12, 1): replace(MADE, world=early), date(2023, 12, 9): replace(MADE, world=late)}
    found = Stock(made, {})
    assert found.around(date(2023, 11, 30)) == (None, early)
    assert found.around(date(2023, 12, 5)) == (early, late)
    assert found.around(date(2023, 12, 10)) == (late, None)
    assert Stock({}, {}).around(DAY) == (None, None)


def test_rows_of_another_recipe_are_foreign() -> None:
    assert verdict(stock(replace(MADE, recipe=RECIPE - 1), *WHOLE), DAY, Wish()) == "foreign"


def test_snapshots_are_alike_where_only_drift_and_dirt_are_others() -> None:
    assert _alike(stock(MADE, *WHOLE), DAY, World(drift=DAY, dirt=5))
    assert not _alike(stock(MADE, *WHOLE), DAY, World(seed=7))
    assert not _alike(stock(MADE, *WHOLE), DAY, World(scale=2))
    assert not _alike(stock(replace(MADE, recipe=RECIPE - 1), *WHOLE), DAY, World())
    assert not _alike(stock(MADE, -1, 0, 6, 2), DAY, World(dirt=5))
    assert not _alike(stock(None, -1, -1, 6, 2), DAY, World())
