"""What a first prediction gives away."""

import numpy
import pytest
from ineligible_loan_model.models.canary import fault


def test_sound_predictions_have_no_fault() -> None:
    assert fault(numpy.array([0.1, 0.3, 0.2]), 3, 0.2) is None
    assert fault(numpy.array([0.0, 0.8]), 2, 0.2) is None  # twice the rate is the end of the band


@pytest.mark.parametrize(
    ("probability", "rows", "sentence"),
    [
        ([], 0, "There are no features to try it on."),
        ([0.2], 2, "It gave 1 predictions for 2 applications."),
        ([0.2, float("nan"), float("inf")], 3, "2 of its 3 probabilities are not finite."),
        ([0.2, 1.2], 2, "Its probabilities run from 0.200 to 1.200, not from 0 to 1."),
        ([-0.1, 0.5], 2, "Its probabilities run from -0.100 to 0.500, not from 0 to 1."),
        ([0.8, 0.8], 2, "The mean of its 2 probabilities is 0.800, and 0.200 of the hold-out defaulted: more "
         "than 2 times off."),
        ([0.0, 0.1], 2, "The mean of its 2 probabilities is 0.050, and 0.200 of the hold-out defaulted: more "
         "than 2 times off."),
    ],
)  # fmt: skip
def test_a_fault_is_named(probability: list[float], rows: int, sentence: str) -> None:
    assert fault(numpy.array(probability), rows, 0.2) == sentence
