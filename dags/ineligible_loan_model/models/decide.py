"""Whether a challenger becomes the champion: the one rule, to be read and to be changed here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEPT_LIFT = 0.9  # of the champion's top-decile lift: by so little a better calibrated model may be worse in it


@dataclass(frozen=True)
class Verdict:
    promote: bool
    reason: str


def decide(metrics: Mapping[str, Any], champion: str | None) -> Verdict:
    """Judge a challenger by its metrics, which hold the champion's on the same rows, against the champion of now."""
    if champion is None:
        return Verdict(True, "There is no champion.")
    beside = metrics["champion"]
    if beside is None or beside["version"] != champion:
        measured = f"with {beside['version']}" if beside else "with no other"
        return Verdict(False, f"It was compared {measured}, and the champion is {champion} by now: train again.")
    brier, lift = metrics["brier"], metrics["top_decile_lift"]
    figures = (
        f"Brier score {brier:.4f} against {beside['brier']:.4f}, top-decile lift {lift:.2f} against "
        f"{beside['top_decile_lift']:.2f} of {champion}, on the same {metrics['rows']} rows"
    )
    if brier >= beside["brier"]:
        return Verdict(False, f"Its Brier score is not lower: {figures}.")
    if lift < KEPT_LIFT * beside["top_decile_lift"]:
        return Verdict(False, f"Its lift is below {KEPT_LIFT:.0%} of the champion's: {figures}.")
    return Verdict(True, f"It is better: {figures}.")
