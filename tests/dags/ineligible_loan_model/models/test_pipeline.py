"""The pipeline handles missing, unseen and additional values."""

import numpy
import pytest
from ineligible_loan_model.models import pipeline, train
from ineligible_loan_model.models.model_card import TrainedModel
from ineligible_loan_model.models.training_window import training_window

from tests.dags.ineligible_loan_model.models import examples

WINDOW = training_window("20240301")
EXAMPLES = examples.frame(WINDOW.training)


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    return train.fit(EXAMPLES, WINDOW, "m")


@pytest.mark.parametrize("feature", pipeline.FEATURES)
@pytest.mark.parametrize("rows", [1, 3])
def test_feature_may_be_missing_in_all_rows(model: TrainedModel, feature: str, rows: int) -> None:
    day = EXAMPLES.head(rows).assign(**{feature: None})
    probability = model.predict_probability(day)
    assert len(probability) == rows
    assert numpy.isfinite(probability).all()


@pytest.mark.parametrize("feature", pipeline.CATEGORIES)
def test_category_may_be_unseen(model: TrainedModel, feature: str) -> None:
    assert numpy.isfinite(model.predict_probability(EXAMPLES.head(3).assign(**{feature: "Suburban"}))).all()


def test_training_data_may_have_missing_values() -> None:
    holes = EXAMPLES.copy()
    for n, feature in enumerate(pipeline.FEATURES):
        holes[feature] = holes[feature].where(numpy.arange(len(holes)) % 20 != n)
    probability = train.fit(holes, WINDOW, "m").predict_probability(holes)
    assert numpy.isfinite(probability).all()


def test_order_of_columns_and_additional_columns_do_not_matter(model: TrainedModel) -> None:
    reordered = EXAMPLES[EXAMPLES.columns[::-1]].assign(extra=1)
    assert (model.predict_probability(reordered) == model.predict_probability(EXAMPLES)).all()


def test_missing_column_raises(model: TrainedModel) -> None:
    with pytest.raises(KeyError, match="married"):
        model.predict_probability(EXAMPLES.drop(columns="married"))


def test_pickled_pipeline_does_not_depend_on_this_package(model: TrainedModel) -> None:
    import pickle
    import pickletools

    names = {arg for _, arg, _ in pickletools.genops(pickle.dumps(model.pipeline)) if isinstance(arg, str)}
    assert {name.split(".")[0] for name in names if name.startswith(("sklearn.", "numpy"))} == {"sklearn", "numpy"}
    assert not [name for name in names if "ineligible_loan_model" in name]
