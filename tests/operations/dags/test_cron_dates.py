import pytest

from mlopsctl.operations.dags import cron_dates


@pytest.mark.parametrize(
    ("schedule", "instead"),
    [
        ("0 0 31 2 *", "0 0 L 2 *"),
        ("0 0 30 2 *", "0 0 L 2 *"),
        ("0 0 31 4,6,9,11 *", "0 0 L 4,6,9,11 *"),
        ("0 0 31 feb *", "0 0 L feb *"),
        ("0 0 31 2 * 0", "0 0 L 2 * 0"),
        ("0 0 * * *, 0 0 30 2 *", "0 0 L 2 *"),
        ("Asset or 0 0 31 2 *", "0 0 L 2 *"),
    ],
)
def test_schedule_that_no_day_matches(schedule: str, instead: str) -> None:
    (found,) = cron_dates.problems(schedule)
    assert (found.never, found.instead) == (True, instead)


@pytest.mark.parametrize(
    ("schedule", "months"),
    [
        ("0 0 31 * *", ("February", "April", "June", "September", "November")),
        ("30 4 30 1,2 *", ("February",)),
        ("0 0 29 2 *", ("February except in leap years",)),
        ("0 0 29-31 * *", ("February except in leap years",)),
    ],
)
def test_schedule_that_skips_months(schedule: str, months: tuple[str, ...]) -> None:
    (found,) = cron_dates.problems(schedule)
    assert (found.never, found.months) == (False, months)
    assert "L" in found.hint


@pytest.mark.parametrize(
    "schedule",
    [
        "", "None", "@once", "@continuous", "Asset", "1 day, 0:00:00", "H 0 31 2 *", "@yearly", "0 0 * * *",
        "30 2 * * *", "0 0 L * *", "0 0 L 2 *", "0 0 15,31 * *", "0 0 28-31 * *", "0 0 */31 * *", "0 0 31 1,3 *",
        "0 0 31 2 1",  # on Mondays, too
        "0 0 * * 5#5", "0 0 1 1 * 0 2020",
    ],
)  # fmt: skip
def test_other_schedules_have_no_problem(schedule: str) -> None:
    assert list(cron_dates.problems(schedule)) == []
