"""Metrics of predictions, on rows that the model was not trained on."""

from typing import TYPE_CHECKING, Any

from ineligible_loan_model.models.model_card import THRESHOLD

if TYPE_CHECKING:
    from numpy.typing import NDArray

DECILES = 10
CALIBRATION_BINS = 5  # with equal numbers of rows; a hold-out only has a few hundred


def compute_metrics(defaulted: "NDArray[Any]", probability: "NDArray[Any]") -> dict[str, Any]:
    """All metrics, as JSON values. `defaulted` is 0 or 1 for each row.

    `lift`: the default rates of the riskiest 10 %, 20 % … 100 %, divided by the overall default rate.
    Raises ValueError if all rows have the same outcome.
    """
    from sklearn.metrics import accuracy_score, brier_score_loss, roc_auc_score

    if len(set(defaulted.tolist())) < 2:
        raise ValueError(f"A model cannot be evaluated on {len(defaulted)} rows with the same outcome.")
    lift = cumulative_lift(defaulted, probability)
    return {
        "rows": len(defaulted),
        "default_rate": round(float(defaulted.mean()), 6),
        "accuracy": round(float(accuracy_score(defaulted, probability >= THRESHOLD)), 6),
        "roc_auc": round(float(roc_auc_score(defaulted, probability)), 6),
        "brier": round(float(brier_score_loss(defaulted, probability)), 6),
        "lift": lift,
        "top_decile_lift": lift[0],
        "calibration": calibration_table(defaulted, probability),
    }


def cumulative_lift(defaulted: "NDArray[Any]", probability: "NDArray[Any]") -> list[float]:
    """Lift by decile. Rows with the same probability keep their order."""
    riskiest = defaulted[(-probability).argsort(kind="stable")]
    ends = [max(1, round(len(riskiest) * n / DECILES)) for n in range(1, DECILES + 1)]
    return [round(float(riskiest[:end].mean() / defaulted.mean()), 4) for end in ends]


def calibration_table(defaulted: "NDArray[Any]", probability: "NDArray[Any]") -> list[dict[str, float | int]]:
    """Predicted and observed default rates of equally sized bins, lowest risk first."""
    import numpy

    bins = numpy.array_split(probability.argsort(kind="stable"), CALIBRATION_BINS)
    return [
        {
            "predicted": round(float(probability[rows].mean()), 4),
            "observed": round(float(defaulted[rows].mean()), 4),
            "rows": len(rows),
        }
        for rows in bins
        if len(rows)
    ]
