"""Checks the predictions of a new champion for recent applications before it stays champion."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAYS = 14  # of recent applications, about 70
# How many times higher or lower than the hold-out's default rate the mean probability may be. This allows for a drift
# of the economy by half, but not for a model that confuses its classes.
MAX_RATIO = 2.0


def find_problem(probability: "NDArray[Any]", rows: int, default_rate: float) -> str | None:
    """What is wrong with the predictions for `rows` applications, as a sentence; None if they are plausible."""
    import numpy

    if rows == 0:
        return "There are no features to predict from."
    if len(probability) != rows:
        return f"It made {len(probability)} predictions for {rows} applications."
    if not numpy.isfinite(probability).all():
        return f"{int((~numpy.isfinite(probability)).sum())} of its {rows} probabilities are not finite."
    if (probability < 0).any() or (probability > 1).any():
        return f"Its probabilities range from {probability.min():.3f} to {probability.max():.3f}, not from 0 to 1."
    mean = float(probability.mean())
    if not default_rate / MAX_RATIO <= mean <= default_rate * MAX_RATIO:
        return (
            f"The mean of its {rows} probabilities is {mean:.3f}, but the default rate of the hold-out is "
            f"{default_rate:.3f}: they differ by more than a factor of {MAX_RATIO:g}."
        )
    return None
