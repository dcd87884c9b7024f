"""The figures, by hand."""

import numpy
import pytest
from ineligible_loan_model.models import evaluate

# Ten rows from the most to the least risky; the first, the second and the fourth defaulted.
DEFAULTED = numpy.array([1, 1, 0, 1, 0, 0, 0, 0, 0, 0])
PROBABILITY = numpy.array([0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.3, 0.2, 0.1, 0.0])


def test_the_figures_are_those_of_the_rows() -> None:
    found = evaluate.figures(DEFAULTED, PROBABILITY)
    assert list(found) == [
        "rows", "default_rate", "accuracy", "roc_auc", "brier", "lift", "top_decile_lift", "calibration",
    ]  # fmt: skip
    assert (found["rows"], found["default_rate"], found["accuracy"]) == (10, 0.3, 0.9)
    assert found["roc_auc"] == pytest.approx(20 / 21, abs=1e-6)  # of 21 pairs one is the wrong way round
    assert found["brier"] == pytest.approx(
        (0.01 + 0.04 + 0.49 + 0.16 + 0.16 + 0.09 + 0.09 + 0.04 + 0.01 + 0) / 10, abs=1e-6
    )
    assert found["lift"] == [3.3333, 3.3333, 2.2222, 2.5, 2.0, 1.6667, 1.4286, 1.25, 1.1111, 1.0]
    assert found["top_decile_lift"] == 3.3333


def test_the_calibration_table_has_all_rows_from_the_least_to_the_most_risky() -> None:
    table = evaluate.calibration(DEFAULTED, PROBABILITY)
    assert [part["rows"] for part in table] == [2] * 5
    assert table[0] == {"predicted": 0.05, "observed": 0.0, "rows": 2}
    assert table[-1] == {"predicted": 0.85, "observed": 1.0, "rows": 2}


def test_the_order_of_the_rows_does_not_matter() -> None:
    mixed = numpy.random.default_rng(1).permutation(10)
    distinct = PROBABILITY + numpy.arange(10) / 1e6
    assert evaluate.figures(DEFAULTED[mixed], distinct[mixed]) == evaluate.figures(DEFAULTED, distinct)


def test_rows_of_one_kind_only_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^2 rows, all of one kind, tell nothing of a model\.$"):
        evaluate.figures(numpy.array([0, 0]), numpy.array([0.1, 0.2]))
