"""The rule that decides whether a challenger becomes the champion. To change the rule, change this module."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MIN_LIFT_RATIO = 0.9  # of the champion's top-decile lift: a better calibrated model may be slightly worse in lift


@dataclass(frozen=True)
class PromotionDecision:
    promote: bool
    reason: str


def decide(metrics: Mapping[str, Any], champion: str | None) -> PromotionDecision:
    """Compare a challenger with `champion`, the current one. `metrics` includes a champion's on the same rows."""
    if champion is None:
        return PromotionDecision(True, "There is no champion.")
    rival = metrics["champion"]
    if rival is None or rival["version"] != champion:
        compared = f"with {rival['version']}" if rival else "with no other version"
        return PromotionDecision(False, f"It was compared {compared}, but the champion is now {champion}: train again.")
    brier, lift = metrics["brier"], metrics["top_decile_lift"]
    comparison = (
        f"Brier score {brier:.4f} against {rival['brier']:.4f}, top-decile lift {lift:.2f} against "
        f"{rival['top_decile_lift']:.2f} of {champion}, on the same {metrics['rows']} rows"
    )
    if brier >= rival["brier"]:
        return PromotionDecision(False, f"Its Brier score is not lower: {comparison}.")
    if lift < MIN_LIFT_RATIO * rival["top_decile_lift"]:
        return PromotionDecision(False, f"Its lift is below {MIN_LIFT_RATIO:.0%} of the champion's: {comparison}.")
    return PromotionDecision(True, f"It is better: {comparison}.")
