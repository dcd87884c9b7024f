"""The months that a training may use."""

import pytest
from ineligible_loan_model.models.training_window import (
    NotEnoughMonths,
    complete_months,
    days_between,
    next_day,
    previous_day,
    training_window,
)

SIX = ("202306", "202307", "202308", "202309", "202310", "202311")


@pytest.mark.parametrize(
    ("as_of", "last"),
    [
        ("20240228", "202310"),  # 90 days after 2023-11-30; defaults of the day itself are not known yet
        ("20240229", "202311"),
        ("20240330", "202311"),
        ("20240331", "202312"),
        ("20250301", "202411"),  # not a leap year
        ("20250228", "202410"),
    ],
)
def test_month_is_complete_more_than_90_days_after_its_last_day(as_of: str, last: str) -> None:
    assert complete_months(as_of)[-1] == last


def test_training_needs_six_complete_months() -> None:
    with pytest.raises(NotEnoughMonths, match="On 20240201 only 5 months have complete labels"):
        training_window("20240201")


def test_months_after_the_sixth_are_held_out_and_the_window_moves_after_the_eighth() -> None:
    assert (training_window("20240301").training, training_window("20240301").holdout) == (SIX, ())
    assert (training_window("20240401").training, training_window("20240401").holdout) == (SIX, ("202312",))
    assert (training_window("20240501").training, training_window("20240501").holdout) == (SIX, ("202312", "202401"))
    later = training_window("20240601")
    assert (later.training, later.holdout) == ((*SIX[1:], "202312"), ("202401", "202402"))


def test_days_of_a_window() -> None:
    first, later = training_window("20240301"), training_window("20240501")
    assert (first.data_from, first.cutoff, first.holdout_from, first.data_to) == (
        "20230601", "20231130", "20230601", "20231130",
    )  # fmt: skip
    assert (later.data_from, later.cutoff, later.holdout_from, later.data_to) == (
        "20230601", "20231130", "20231201", "20240131",
    )  # fmt: skip
    assert (first.base_ym, later.base_ym) == ("202311", "202401")


def test_day_arithmetic() -> None:
    assert (next_day("20240228"), next_day("20231231"), previous_day("20240301")) == (
        "20240229",
        "20240101",
        "20240229",
    )
    assert days_between("20240201", "20240301") == 30
