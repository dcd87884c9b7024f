"""A first prediction by a new champion, on applications of the latest days: does it behave like a model at all?"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAYS = 14  # about 70 applications
# The mean probability may be so many times the default rate of the hold-out, or one so-many-th of it. A drift of the
# economy by half is inside; a model that mixes up its classes is outside.
BAND = 2.0


def fault(probability: "NDArray[Any]", rows: int, default_rate: float) -> str | None:
    """What is wrong with the predictions for `rows` applications, as a sentence; None if nothing is."""
    import numpy

    if rows == 0:
        return "There are no features to try it on."
    if len(probability) != rows:
        return f"It gave {len(probability)} predictions for {rows} applications."
    if not numpy.isfinite(probability).all():
        return f"{int((~numpy.isfinite(probability)).sum())} of its {rows} probabilities are not finite."
    if (probability < 0).any() or (probability > 1).any():
        return f"Its probabilities run from {probability.min():.3f} to {probability.max():.3f}, not from 0 to 1."
    mean = float(probability.mean())
    if not default_rate / BAND <= mean <= default_rate * BAND:
        return (
            f"The mean of its {rows} probabilities is {mean:.3f}, and {default_rate:.3f} of the hold-out defaulted: "
            f"more than {BAND:g} times off."
        )
    return None
