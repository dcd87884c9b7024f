"""Training and evaluation use different rows."""

from typing import Any

import numpy
import pytest
from ineligible_loan_model.models import train
from ineligible_loan_model.models.training_window import TrainingWindow, training_window

from tests.dags.ineligible_loan_model.models import examples

FIRST, LATER = training_window("20240301"), training_window("20240501")
SIX = examples.frame(FIRST.training)
EIGHT = examples.frame((*LATER.training, *LATER.holdout))


def test_model_card_describes_the_training_data() -> None:
    card = train.fit(EIGHT, LATER, "m").card
    assert (card.name, card.data_from, card.data_to, card.cutoff, card.rows) == (
        "m", "20230601", "20231130", "20231130", 900,
    )  # fmt: skip


def test_held_out_months_are_not_used_for_training() -> None:
    inverted = EIGHT.assign(
        loan_status=numpy.where(
            train.application_months(EIGHT).isin(LATER.holdout) ^ (train.default_labels(EIGHT) == 1),
            train.DEFAULTED,
            "Creditworthy",
        )
    )
    model, same = train.fit(EIGHT, LATER, "m"), train.fit(inverted, LATER, "m")
    assert (model.predict_probability(EIGHT) == same.predict_probability(EIGHT)).all()
    original, changed = (train.evaluate(model, rows, LATER, None)["roc_auc"] for rows in (EIGHT, inverted))
    assert original > 0.7
    assert changed < 0.4


def test_champion_is_evaluated_on_the_same_rows() -> None:
    model = train.fit(EIGHT, LATER, "m")
    metrics = train.evaluate(model, EIGHT, LATER, ("1.0.0", model))
    assert list(metrics)[:2] == ["holdout_from", "holdout_to"]
    assert (metrics["holdout_from"], metrics["holdout_to"], metrics["rows"]) == ("20231201", "20240131", 300)
    champion = metrics.pop("champion")
    assert champion == {"version": "1.0.0"} | {k: v for k, v in metrics.items() if not k.startswith("holdout")}


def test_training_months_are_held_out_in_turn_if_there_is_no_other_month() -> None:
    """With random labels, only a model evaluated on its own training rows is better than chance."""
    numbers = numpy.random.default_rng(3).random(len(SIX))
    random_labels = SIX.assign(loan_status=numpy.where(numbers < 0.3, train.DEFAULTED, "Creditworthy"))
    model = train.fit(random_labels, FIRST, "m")
    metrics = train.evaluate(model, random_labels, FIRST, ("1.0.0", model))
    assert (metrics["rows"], metrics["holdout_from"], metrics["holdout_to"]) == (900, "20230601", "20231130")
    assert metrics["roc_auc"] == pytest.approx(0.5, abs=0.05)
    assert metrics["champion"]["roc_auc"] > metrics["roc_auc"]  # the same model, on its training rows


def one_outcome(examples: Any, *months: str) -> Any:
    """The examples, with no default in the months."""
    return examples.assign(
        loan_status=examples["loan_status"].mask(train.application_months(examples).isin(months), "Creditworthy")
    )


def without(examples: Any, *months: str) -> Any:
    return examples[~train.application_months(examples).isin(months)]


def test_examples_with_both_outcomes_have_no_problem() -> None:
    assert [train.find_problem(SIX, FIRST), train.find_problem(EIGHT, LATER)] == [None, None]


@pytest.mark.parametrize(
    ("examples", "window", "problem"),
    [
        (one_outcome(EIGHT, *LATER.training), LATER, "All 900 applications in 20230601 … 20231130 have the same"),
        (one_outcome(EIGHT, *LATER.holdout), LATER, "All 300 applications in 20231201 … 20240131 have the same"),
        (without(EIGHT, *LATER.training), LATER, "There are no applications in 20230601 … 20231130."),
        (without(EIGHT, *LATER.holdout), LATER, "There are no applications in 20231201 … 20240131."),
        (one_outcome(SIX, *FIRST.training[1:]), FIRST, "All 750 applications in the training months without 202306"),
        (SIX.head(0), FIRST, "There are no applications in 20230601 … 20231130."),
    ],
)
def test_outcome_that_does_not_occur_is_a_problem(examples: Any, window: TrainingWindow, problem: str) -> None:
    assert (train.find_problem(examples, window) or "").startswith(problem)


def test_training_months_without_applications_are_left_out() -> None:
    rows = without(SIX, FIRST.training[2])
    assert train.find_problem(rows, FIRST) is None
    metrics = train.evaluate(train.fit(rows, FIRST, "m"), rows, FIRST, None)
    assert metrics["rows"] == 750
    assert metrics["roc_auc"] > 0.6
