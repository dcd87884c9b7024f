"""Metrics compared with values calculated by hand."""

import numpy
import pytest
from ineligible_loan_model.models.metrics import calibration_table, compute_metrics

# Ten rows, highest risk first; the first, second and fourth defaulted.
DEFAULTED = numpy.array([1, 1, 0, 1, 0, 0, 0, 0, 0, 0])
PROBABILITY = numpy.array([0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.3, 0.2, 0.1, 0.0])


def test_metrics_of_known_rows() -> None:
    values = compute_metrics(DEFAULTED, PROBABILITY)
    assert list(values) == [
        "rows", "default_rate", "accuracy", "roc_auc", "brier", "lift", "top_decile_lift", "calibration",
    ]  # fmt: skip
    assert (values["rows"], values["default_rate"], values["accuracy"]) == (10, 0.3, 0.9)
    assert values["roc_auc"] == pytest.approx(20 / 21, abs=1e-6)  # one of 21 pairs is in the wrong order
    assert values["brier"] == pytest.approx(
        (0.01 + 0.04 + 0.49 + 0.16 + 0.16 + 0.09 + 0.09 + 0.04 + 0.01 + 0) / 10, abs=1e-6
    )
    assert values["lift"] == [3.3333, 3.3333, 2.2222, 2.5, 2.0, 1.6667, 1.4286, 1.25, 1.1111, 1.0]
    assert values["top_decile_lift"] == 3.3333


def test_calibration_table_is_ordered_by_risk() -> None:
    table = calibration_table(DEFAULTED, PROBABILITY)
    assert [part["rows"] for part in table] == [2] * 5
    assert table[0] == {"predicted": 0.05, "observed": 0.0, "rows": 2}
    assert table[-1] == {"predicted": 0.85, "observed": 1.0, "rows": 2}


def test_metrics_do_not_depend_on_the_order_of_rows() -> None:
    mixed = numpy.random.default_rng(1).permutation(10)
    distinct = PROBABILITY + numpy.arange(10) / 1e6
    assert compute_metrics(DEFAULTED[mixed], distinct[mixed]) == compute_metrics(DEFAULTED, distinct)


def test_rows_with_the_same_outcome_raise() -> None:
    with pytest.raises(ValueError, match="2 rows with the same outcome"):
        compute_metrics(numpy.array([0, 0]), numpy.array([0.1, 0.2]))
