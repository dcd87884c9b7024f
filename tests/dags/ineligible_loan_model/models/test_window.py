"""Which months a training may use."""

import pytest
from ineligible_loan_model.models.window import TooEarly, after, before, complete_months, days, window

SIX = ("202306", "202307", "202308", "202309", "202310", "202311")


@pytest.mark.parametrize(
    ("as_of", "last"),
    [
        ("20240228", "202310"),  # 2023-11-30 and 90 days are 2024-02-28: that day's defaults are not known on it
        ("20240229", "202311"),
        ("20240330", "202311"),
        ("20240331", "202312"),
        ("20250301", "202411"),  # no leap year
        ("20250228", "202410"),
    ],
)
def test_a_month_is_complete_when_90_days_after_its_last_day_are_over(as_of: str, last: str) -> None:
    assert complete_months(as_of)[-1] == last


def test_before_six_months_are_complete_nothing_is_trained_and_the_reason_is_said() -> None:
    with pytest.raises(TooEarly) as error:
        window("20240201")
    assert str(error.value) == (
        "On 20240201 only 5 months have complete labels (90 days after their last day), and 6 are needed: the first "
        "training can be that of 2024-02, which runs when 2024-02-29 has ended."
    )


def test_six_months_are_all_trained_on_a_seventh_and_an_eighth_are_held_out_and_then_the_window_moves() -> None:
    assert (window("20240301").training, window("20240301").holdout) == (SIX, ())
    assert (window("20240401").training, window("20240401").holdout) == (SIX, ("202312",))
    assert (window("20240501").training, window("20240501").holdout) == (SIX, ("202312", "202401"))
    later = window("20240601")
    assert (later.training, later.holdout) == ((*SIX[1:], "202312"), ("202401", "202402"))


def test_the_days_of_a_window() -> None:
    first, later = window("20240301"), window("20240501")
    assert (first.data_from, first.cutoff, first.holdout_from, first.data_to) == (
        "20230601", "20231130", "20230601", "20231130",
    )  # fmt: skip
    assert (later.data_from, later.cutoff, later.holdout_from, later.data_to) == (
        "20230601", "20231130", "20231201", "20240131",
    )  # fmt: skip
    assert (first.base_ym, later.base_ym) == ("202311", "202401")


def test_days() -> None:
    assert (after("20240228"), after("20231231"), before("20240301")) == ("20240229", "20240101", "20240229")
    assert days("20240201", "20240301") == 30
