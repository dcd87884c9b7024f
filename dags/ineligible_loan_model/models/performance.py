"""What became of the predictions, week by week, and how far the applications have moved from those of the training."""

from typing import TYPE_CHECKING, Any

from ineligible_loan_model.models import pipeline

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame, Series

WEEKS = 26  # as many as a report shows
RECENT_DAYS = 28  # days with applications, which the training is compared with
BINS = 10
# The customary reading of a population stability index.
WATCH, MOVED = 0.1, 0.25


def by_week(predictions: "DataFrame") -> list[dict[str, Any]]:
    """Of `base_dt`, `probability`, `predict` and `defaulted` (0 or 1): for each week, named by its Monday, the number
    of rows, the mean probability, the default rate, the accuracy and the Brier score."""
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
    found: list[dict[str, Any]] = weeks.round(4).reset_index().to_dict("records")
    return found


def drift(training: "DataFrame", recent: "DataFrame") -> list[dict[str, Any]]:
    """The stability index of each feature of the model, most moved first, with its reading."""
    found: list[dict[str, Any]] = [
        {"feature": feature, "psi": round(psi(training[feature], recent[feature], feature in pipeline.AMOUNTS), 4)}
        for feature in pipeline.FEATURES
    ]
    for one in found:
        one["reading"] = "stable" if one["psi"] < WATCH else "watch" if one["psi"] < MOVED else "moved"
    return sorted(found, key=lambda one: -one["psi"])


def psi(expected: "Series[Any]", actual: "Series[Any]", amount: bool) -> float:
    """Population stability index: the sum of (a - e) · ln(a / e) over the shares of the categories, or of the tenths
    of an amount's distribution in `expected`. A missing value is a category of its own."""
    import numpy
    import pandas

    if amount:
        edges = numpy.unique(numpy.quantile(expected.dropna().astype(float), numpy.linspace(0, 1, BINS + 1)[1:-1]))
        expected, actual = (
            pandas.Series(numpy.searchsorted(edges, of.astype(float), side="right")).where(of.notna().to_numpy())
            for of in (expected, actual)
        )
    categories = pandas.concat([expected, actual]).astype(str).unique()
    return float(_divergence(_shares(expected, categories), _shares(actual, categories)))


def _shares(values: "Series[Any]", categories: "NDArray[Any]") -> "NDArray[Any]":
    """Half a row is added to each category: one that is empty on one side would make the index infinite."""
    counts = values.astype(str).value_counts().reindex(categories, fill_value=0).to_numpy() + 0.5
    shares: NDArray[Any] = counts / counts.sum()
    return shares


def _divergence(expected: "NDArray[Any]", actual: "NDArray[Any]") -> float:
    import numpy

    return float(((actual - expected) * numpy.log(actual / expected)).sum())
