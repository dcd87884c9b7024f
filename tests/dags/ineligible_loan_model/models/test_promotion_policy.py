"""When a challenger is promoted."""

from typing import Any

import pytest
from ineligible_loan_model.models.promotion_policy import decide


def metrics(brier: float, lift: float, version: str | None = "1.0.0") -> dict[str, Any]:
    champion = version and {"version": version, "brier": 0.13, "top_decile_lift": 3.0}
    return {"brier": brier, "top_decile_lift": lift, "rows": 300, "champion": champion}


@pytest.mark.parametrize(
    ("brier", "lift", "promote"), [(0.12, 3.1, True), (0.12, 2.7, True), (0.12, 2.69, False), (0.13, 4.0, False)]
)
def test_challenger_needs_lower_brier_score_and_similar_lift(brier: float, lift: float, promote: bool) -> None:
    decision = decide(metrics(brier, lift), "1.0.0")
    assert decision.promote is promote
    assert f"Brier score {brier:.4f} against 0.1300, top-decile lift {lift:.2f} against 3.00" in decision.reason


@pytest.mark.parametrize("compared_with", [None, "1.0.0"])
def test_any_model_is_promoted_if_there_is_no_champion(compared_with: str | None) -> None:
    assert decide(metrics(0.9, 0.1, compared_with), None).promote


@pytest.mark.parametrize("compared_with", [None, "1.0.0"])
def test_model_not_compared_with_the_current_champion_is_rejected(compared_with: str | None) -> None:
    decision = decide(metrics(0.01, 9.0, compared_with), "1.1.0")
    assert not decision.promote
    assert f"compared with {compared_with or 'no other version'}" in decision.reason and "1.1.0" in decision.reason
