"""Fit a pipeline, and judge it on months that it has not seen."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ineligible_loan_model.models import evaluate, pipeline
from ineligible_loan_model.models.card import Card, Model
from ineligible_loan_model.models.window import Window

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame, Series

DEFAULTED = "Loan Default"  # as courses know loan_status; else it is Creditworthy


def target(examples: "DataFrame") -> "NDArray[Any]":
    """1 where a loan defaulted."""
    found: NDArray[Any] = (examples["loan_status"] == DEFAULTED).to_numpy().astype(int)
    return found


def months(examples: "DataFrame") -> "Series[str]":
    """YYYYMM of each application."""
    return examples["base_dt"].str[:6]


def fit(examples: "DataFrame", window: Window, name: str, build: Callable[[], Any] = pipeline.build) -> Model:
    """A model of the window's training months. `examples`: features, `base_dt` and `loan_status`."""
    rows = examples[months(examples).isin(window.training)]
    fitted = build().fit(rows[list(pipeline.FEATURES)], target(rows))
    trained = datetime.now(UTC).isoformat(timespec="seconds")
    card = Card(name, pipeline.FEATURES, window.data_from, window.cutoff, window.cutoff, len(rows), trained)
    return Model(fitted, card)


def judge(model: Model, examples: "DataFrame", window: Window, champion: tuple[str, Model] | None) -> dict[str, Any]:
    """The metrics of a model on the held-out months, and beside them those of the champion on the very same rows."""
    held = examples[months(examples).isin(window.holdout or window.training)]
    probability = model.probability(held) if window.holdout else each_month_held_out(held, window)
    defaulted = target(held)
    beside = champion and {"version": champion[0], **evaluate.figures(defaulted, champion[1].probability(held))}
    return {
        "holdout_from": window.holdout_from,
        "holdout_to": window.data_to,
        **evaluate.figures(defaulted, probability),
        "champion": beside,
    }


def each_month_held_out(
    examples: "DataFrame", window: Window, build: Callable[[], Any] = pipeline.build
) -> "NDArray[Any]":
    """Predictions for the training months, each by a model of the other months: where no month is left to hold out."""
    import numpy

    month = months(examples)
    probability = numpy.zeros(len(examples))
    for held in window.training:
        rows = examples[month != held]
        fitted = build().fit(rows[list(pipeline.FEATURES)], target(rows))
        probability[month == held] = fitted.predict_proba(examples.loc[month == held, list(pipeline.FEATURES)])[:, 1]
    return probability
