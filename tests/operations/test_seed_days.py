"""How a day is judged."""

from mlopsctl.operations.seed_days import DAY_OF, RECIPE, SEED, Stock, _verdict

DAY = "20231201"
MADE = (1, SEED, RECIPE, 1640, 1300, 6, 2)


def stock(made: tuple[int, ...] | None, *held: int) -> Stock:
    return Stock(
        {DAY: made} if made else {},
        {table: {DAY: rows} if rows else {} for table, rows in zip(DAY_OF, held, strict=True)},
    )


def test_a_day_as_seed_made_it_is_kept() -> None:
    assert _verdict(stock(MADE, -1, -1, 6, 2), DAY, 1) == "kept"


def test_rows_beside_ours_are_somebodys_own() -> None:
    assert _verdict(stock(MADE, -1, -1, 9, 2), DAY, 1) == "kept"


def test_a_day_that_lost_rows_is_mended() -> None:
    assert _verdict(stock(MADE, 0, -1, 6, 2), DAY, 1) == "mend"
    assert _verdict(stock(MADE, -1, 0, 6, 2), DAY, 1) == "mend"
    assert _verdict(stock(MADE, -1, -1, 5, 2), DAY, 1) == "mend"
    assert _verdict(stock(MADE, -1, -1, 6, 0), DAY, 1) == "mend"


def test_a_day_without_defaults_is_whole() -> None:
    assert _verdict(stock((*MADE[:6], 0), -1, -1, 6, 0), DAY, 1) == "kept"


def test_a_day_that_nobody_wrote_is_missing() -> None:
    assert _verdict(stock(None, 0, 0, 0, 0), DAY, 1) == "missing"


def test_other_rows_are_foreign() -> None:
    assert _verdict(stock(None, -1, 0, 0, 0), DAY, 1) == "foreign"
    assert _verdict(stock(MADE, -1, -1, 6, 2), DAY, 2) == "foreign"
    assert _verdict(stock((1, SEED + 1, RECIPE, *MADE[3:]), -1, -1, 6, 2), DAY, 1) == "foreign"
    assert _verdict(stock((1, SEED, RECIPE + 1, *MADE[3:]), -1, -1, 6, 2), DAY, 1) == "foreign"
