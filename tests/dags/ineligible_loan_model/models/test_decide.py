"""The rule of promotion."""

from typing import Any

import pytest
from ineligible_loan_model.models.decide import decide


def metrics(brier: float, lift: float, version: str | None = "1.0.0") -> dict[str, Any]:
    beside = version and {"version": version, "brier": 0.13, "top_decile_lift": 3.0}
    return {"brier": brier, "top_decile_lift": lift, "rows": 300, "champion": beside}


@pytest.mark.parametrize(
    ("brier", "lift", "promoted", "verdict"),
    [
        (0.12, 3.1, True, "It is better"),
        (0.12, 2.7, True, "It is better"),
        (0.12, 2.69, False, "Its lift is below 90% of the champion's"),
        (0.13, 4.0, False, "Its Brier score is not lower"),
    ],
)
def test_a_challenger_must_be_better_calibrated_and_nearly_as_sharp(
    brier: float, lift: float, promoted: bool, verdict: str
) -> None:
    found = decide(metrics(brier, lift), "1.0.0")
    figures = f"Brier score {brier:.4f} against 0.1300, top-decile lift {lift:.2f} against 3.00 of 1.0.0"
    assert (found.promote, found.reason) == (promoted, f"{verdict}: {figures}, on the same 300 rows.")


@pytest.mark.parametrize("beside", [None, "1.0.0"])
def test_where_there_is_no_champion_any_model_is_better(beside: str | None) -> None:
    verdict = decide(metrics(0.9, 0.1, beside), None)
    assert (verdict.promote, verdict.reason) == (True, "There is no champion.")


@pytest.mark.parametrize(("beside", "measured"), [(None, "with no other"), ("1.0.0", "with 1.0.0")])
def test_a_comparison_with_another_than_the_champion_of_now_does_not_count(beside: str | None, measured: str) -> None:
    verdict = decide(metrics(0.01, 9.0, beside), "1.1.0")
    assert (verdict.promote, verdict.reason) == (
        False, f"It was compared {measured}, and the champion is 1.1.0 by now: train again.",
    )  # fmt: skip
