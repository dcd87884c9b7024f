"""The pipeline bears what days bring."""

import numpy
import pytest
from ineligible_loan_model.models import pipeline, train
from ineligible_loan_model.models.card import Model
from ineligible_loan_model.models.window import window

from tests.dags.ineligible_loan_model.models import examples

MONTHS = window("20240301")
EXAMPLES = examples.frame(MONTHS.training)


@pytest.fixture(scope="module")
def model() -> Model:
    return train.fit(EXAMPLES, MONTHS, "m")


@pytest.mark.parametrize("feature", pipeline.FEATURES)
@pytest.mark.parametrize("rows", [1, 3])
def test_a_day_on_which_a_value_is_missing_everywhere_is_predicted(model: Model, feature: str, rows: int) -> None:
    day = EXAMPLES.head(rows).assign(**{feature: None})
    probability = model.probability(day)
    assert len(probability) == rows
    assert numpy.isfinite(probability).all()


@pytest.mark.parametrize("feature", pipeline.CATEGORIES)
def test_an_unseen_category_is_predicted(model: Model, feature: str) -> None:
    assert numpy.isfinite(model.probability(EXAMPLES.head(3).assign(**{feature: "Suburban"}))).all()


def test_missing_values_in_the_training_are_no_obstacle() -> None:
    holes = EXAMPLES.copy()
    for n, feature in enumerate(pipeline.FEATURES):
        holes[feature] = holes[feature].where(numpy.arange(len(holes)) % 20 != n)
    probability = train.fit(holes, MONTHS, "m").probability(holes)
    assert numpy.isfinite(probability).all()


def test_the_order_of_columns_and_columns_too_many_do_not_matter(model: Model) -> None:
    other = EXAMPLES[EXAMPLES.columns[::-1]]
    assert (model.probability(other) == model.probability(EXAMPLES)).all()


def test_a_column_too_few_is_an_error(model: Model) -> None:
    with pytest.raises(KeyError, match="married"):
        model.probability(EXAMPLES.drop(columns="married"))


def test_it_predicts_a_default_from_one_half_on(model: Model) -> None:
    expected = model.probability(EXAMPLES) >= 0.5
    assert (model.predict(EXAMPLES) == expected).all()
    assert 0 < expected.mean() < 0.5


def test_an_artifact_needs_nothing_of_this_folder(model: Model) -> None:
    import pickle
    import pickletools

    names = {arg for _, arg, _ in pickletools.genops(pickle.dumps(model.pipeline)) if isinstance(arg, str)}
    assert {name.split(".")[0] for name in names if name.startswith(("sklearn.", "numpy"))} == {"sklearn", "numpy"}
    assert not [name for name in names if "ineligible_loan_model" in name]
