"""Weekly accuracy of past predictions, and drift of the features since the training."""

from typing import TYPE_CHECKING, Any

from ineligible_loan_model.models import pipeline

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame, Series

WEEKS = 26  # in a report
RECENT_DAYS = 28  # of applications, compared with the training data
PSI_BINS = 10
PSI_WATCH, PSI_MOVED = 0.1, 0.25  # the usual thresholds of a population stability index


def by_week(predictions: "DataFrame") -> list[dict[str, Any]]:
    """Metrics per week, labelled by its Monday: rows, mean probability, default rate, accuracy and Brier score.

    `predictions` has the columns `base_dt`, `probability`, `predict` and `defaulted` (0 or 1).
    """
    import pandas

    day = pandas.to_datetime(predictions["base_dt"], format="%Y%m%d")
    monday = day.dt.to_period("W-SUN").dt.start_time.dt.strftime("%Y-%m-%d")
    rows = predictions.assign(
        week=monday,
        hit=predictions["predict"] == predictions["defaulted"],
        error=(predictions["probability"] - predictions["defaulted"]) ** 2,
    )
    weeks = rows.groupby("week").agg(
        rows=("defaulted", "size"),
        predicted=("probability", "mean"),
        observed=("defaulted", "mean"),
        accuracy=("hit", "mean"),
        brier=("error", "mean"),
    )
    records: list[dict[str, Any]] = weeks.round(4).reset_index().to_dict("records")
    return records


def feature_drift(training: "DataFrame", recent: "DataFrame") -> list[dict[str, Any]]:
    """The population stability index of each feature and its interpretation, largest first.

    Empty if there are no rows to compare.
    """
    drift: list[dict[str, Any]] = []
    if not len(training) or not len(recent):
        return drift
    for feature in pipeline.FEATURES:
        psi = stability_index(training[feature], recent[feature], feature in pipeline.AMOUNTS)
        drift.append({"feature": feature, "psi": round(psi, 4), "reading": _reading(round(psi, 4))})
    return sorted(drift, key=lambda row: -row["psi"])


def _reading(psi: float) -> str:
    return "stable" if psi < PSI_WATCH else "watch" if psi < PSI_MOVED else "moved"


def stability_index(expected: "Series[Any]", actual: "Series[Any]", is_amount: bool) -> float:
    """Population stability index (PSI): the sum of (a - e) · ln(a / e) over the fractions of each category.

    For an amount, the categories are the deciles of `expected`. Missing values are a category of their own.
    """
    import numpy
    import pandas

    if is_amount:
        deciles = numpy.linspace(0, 1, PSI_BINS + 1)[1:-1]
        known = expected.dropna().astype(float)
        edges = numpy.unique(numpy.quantile(known, deciles)) if len(known) else numpy.empty(0)
        expected, actual = (
            pandas.Series(numpy.searchsorted(edges, of.astype(float), side="right")).where(of.notna().to_numpy())
            for of in (expected, actual)
        )
    categories = pandas.concat([expected, actual]).astype(str).unique()
    e, a = _fractions(expected, categories), _fractions(actual, categories)
    return float(((a - e) * numpy.log(a / e)).sum())


def _fractions(values: "Series[Any]", categories: "NDArray[Any]") -> "NDArray[Any]":
    """Adds half a row to each category: an empty one would make the index infinite."""
    counts = values.astype(str).value_counts().reindex(categories, fill_value=0).to_numpy() + 0.5
    fractions: NDArray[Any] = counts / counts.sum()
    return fractions
