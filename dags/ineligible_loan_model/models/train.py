"""Trains a model, and evaluates it on months that it was not trained on."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ineligible_loan_model.models import pipeline
from ineligible_loan_model.models.metrics import compute_metrics
from ineligible_loan_model.models.model_card import ModelCard, TrainedModel
from ineligible_loan_model.models.training_window import TrainingWindow

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame, Series

DEFAULTED = "Loan Default"  # the value of `loan_status` in the courses' table; the other one is Creditworthy


def default_labels(rows: "DataFrame") -> "NDArray[Any]":
    """1 for each loan that defaulted, otherwise 0."""
    labels: NDArray[Any] = (rows["loan_status"] == DEFAULTED).to_numpy().astype(int)
    return labels


def application_months(rows: "DataFrame") -> "Series[str]":
    """The month of each application (YYYYMM)."""
    return rows["base_dt"].str[:6]


def find_problem(examples: "DataFrame", window: TrainingWindow) -> str | None:
    """Why no model can be trained and evaluated on the examples, as a sentence; None if it can."""
    month = application_months(examples)
    training = examples[month.isin(window.training)]
    if problem := _find_missing_outcome(training, f"{window.data_from} … {window.cutoff}"):
        return problem
    if window.holdout:
        return _find_missing_outcome(examples[month.isin(window.holdout)], f"{window.holdout_from} … {window.data_to}")
    folds = ((held_out, training[month != held_out]) for held_out in window.training)
    problems = (_find_missing_outcome(rows, f"the training months without {held_out}") for held_out, rows in folds)
    return next(filter(None, problems), None)


def _find_missing_outcome(rows: "DataFrame", period: str) -> str | None:
    outcomes = rows["loan_status"].unique()
    if len(outcomes) > 1:
        return None
    if len(rows):
        return f"All {len(rows)} applications in {period} have the same outcome, {outcomes[0]}."
    return f"There are no applications in {period}."


def fit(examples: "DataFrame", window: TrainingWindow, name: str) -> TrainedModel:
    """Train on the window's training months. `examples` has the features, `base_dt` and `loan_status`."""
    rows = examples[application_months(examples).isin(window.training)]
    fitted = pipeline.build().fit(rows[list(pipeline.FEATURES)], default_labels(rows))
    trained = datetime.now(UTC).isoformat(timespec="seconds")
    card = ModelCard(name, pipeline.FEATURES, window.data_from, window.cutoff, window.cutoff, len(rows), trained)
    return TrainedModel(fitted, card)


def evaluate(
    model: TrainedModel, examples: "DataFrame", window: TrainingWindow, champion: tuple[str, TrainedModel] | None
) -> dict[str, Any]:
    """The metrics of a model on the held-out months, and those of the champion on the same rows."""
    rows = examples[application_months(examples).isin(window.holdout or window.training)]
    probability = model.predict_probability(rows) if window.holdout else predict_each_month_held_out(rows, window)
    defaulted = default_labels(rows)
    return {
        "holdout_from": window.holdout_from,
        "holdout_to": window.data_to,
        **compute_metrics(defaulted, probability),
        "champion": champion
        and {"version": champion[0], **compute_metrics(defaulted, champion[1].predict_probability(rows))},
    }


def predict_each_month_held_out(examples: "DataFrame", window: TrainingWindow) -> "NDArray[Any]":
    """Cross-validation by month: predict each training month with a model trained on the other ones.

    Months without applications are left out.
    """
    import numpy

    month = application_months(examples)
    features = examples[list(pipeline.FEATURES)]
    probability = numpy.zeros(len(examples))
    for held_out in sorted(set(month)):
        others = month != held_out
        fitted = pipeline.build().fit(features[others], default_labels(examples[others]))
        probability[~others] = fitted.predict_proba(features[~others])[:, 1]
    return probability
