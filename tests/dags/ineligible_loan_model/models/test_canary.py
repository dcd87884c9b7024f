"""Checks of canary predictions."""

import numpy
import pytest
from ineligible_loan_model.models.canary import find_problem


def test_plausible_predictions_have_no_problem() -> None:
    assert find_problem(numpy.array([0.1, 0.3, 0.2]), 3, 0.2) is None
    assert find_problem(numpy.array([0.0, 0.8]), 2, 0.2) is None  # exactly twice the rate


@pytest.mark.parametrize(
    ("probability", "rows", "problem"),
    [
        ([], 0, "no features"),
        ([0.2], 2, "1 predictions for 2 applications"),
        ([0.2, float("nan"), float("inf")], 3, "2 of its 3 probabilities are not finite"),
        ([0.2, 1.2], 2, "from 0.200 to 1.200"),
        ([-0.1, 0.5], 2, "from -0.100 to 0.500"),
        ([0.8, 0.8], 2, "is 0.800, but the default rate of the hold-out is 0.200"),
        ([0.0, 0.1], 2, "is 0.050, but the default rate of the hold-out is 0.200"),
    ],
)
def test_problem_is_described(probability: list[float], rows: int, problem: str) -> None:
    assert problem in (find_problem(numpy.array(probability), rows, 0.2) or "")
