"""What is trained on, and what is judged on, are different rows."""

import numpy
import pytest
from ineligible_loan_model.models import train
from ineligible_loan_model.models.window import window

from tests.dags.ineligible_loan_model.models import examples

FIRST, LATER = window("20240301"), window("20240501")
SIX = examples.frame(FIRST.training)
EIGHT = examples.frame((*LATER.training, *LATER.holdout))


def test_the_card_says_what_was_trained_on() -> None:
    card = train.fit(EIGHT, LATER, "m").card
    assert (card.name, card.data_from, card.data_to, card.cutoff, card.rows) == (
        "m", "20230601", "20231130", "20231130", 900,
    )  # fmt: skip


def test_the_held_out_months_are_not_trained_on() -> None:
    turned = EIGHT.assign(
        loan_status=numpy.where(
            train.months(EIGHT).isin(LATER.holdout) ^ (train.target(EIGHT) == 1), train.DEFAULTED, "Creditworthy"
        )
    )
    model, other = train.fit(EIGHT, LATER, "m"), train.fit(turned, LATER, "m")
    assert (model.probability(EIGHT) == other.probability(EIGHT)).all()
    seen, unseen = (train.judge(model, rows, LATER, None)["roc_auc"] for rows in (EIGHT, turned))
    assert seen > 0.7
    assert unseen < 0.4


def test_the_champion_is_judged_on_the_very_same_rows() -> None:
    model = train.fit(EIGHT, LATER, "m")
    metrics = train.judge(model, EIGHT, LATER, ("1.0.0", model))
    assert list(metrics)[:2] == ["holdout_from", "holdout_to"]
    assert (metrics["holdout_from"], metrics["holdout_to"], metrics["rows"]) == ("20231201", "20240131", 300)
    beside = metrics.pop("champion")
    assert beside == {"version": "1.0.0"} | {k: v for k, v in metrics.items() if not k.startswith("holdout")}


def test_where_no_month_is_left_each_is_held_out_in_turn() -> None:
    """Labels that are mere chance: a model that is judged on rows it has seen finds some order in them, and one that
    is not finds none."""
    dice = numpy.random.default_rng(3).random(len(SIX))
    chance = SIX.assign(loan_status=numpy.where(dice < 0.3, train.DEFAULTED, "Creditworthy"))
    model = train.fit(chance, FIRST, "m")
    metrics = train.judge(model, chance, FIRST, ("1.0.0", model))
    assert (metrics["rows"], metrics["holdout_from"], metrics["holdout_to"]) == (900, "20230601", "20231130")
    assert metrics["roc_auc"] == pytest.approx(0.5, abs=0.05)
    assert metrics["champion"]["roc_auc"] > metrics["roc_auc"]  # the same model, on rows that it has seen
