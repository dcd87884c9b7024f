"""How good a model is, on rows that it was not trained on."""

from typing import TYPE_CHECKING, Any

from ineligible_loan_model.models.card import THRESHOLD

if TYPE_CHECKING:
    from numpy.typing import NDArray

DECILES = 10
BINS = 5  # of the calibration table, with equally many rows each: a hold-out has few hundred


def figures(defaulted: "NDArray[Any]", probability: "NDArray[Any]") -> dict[str, Any]:
    """All figures of predictions, as JSON takes them. `defaulted`: 0 or 1 for each row.

    lift: of the riskiest 10 %, 20 % … 100 %, the default rate divided by that of all.
    Raises ValueError where the rows do not hold both a default and a loan that was paid back.
    """
    from sklearn.metrics import accuracy_score, brier_score_loss, roc_auc_score

    if len(set(defaulted.tolist())) < 2:
        raise ValueError(f"{len(defaulted)} rows, all of one kind, tell nothing of a model.")
    lift = lifts(defaulted, probability)
    return {
        "rows": len(defaulted),
        "default_rate": round(float(defaulted.mean()), 6),
        "accuracy": round(float(accuracy_score(defaulted, probability >= THRESHOLD)), 6),
        "roc_auc": round(float(roc_auc_score(defaulted, probability)), 6),
        "brier": round(float(brier_score_loss(defaulted, probability)), 6),
        "lift": lift,
        "top_decile_lift": lift[0],
        "calibration": calibration(defaulted, probability),
    }


def lifts(defaulted: "NDArray[Any]", probability: "NDArray[Any]") -> list[float]:
    """Cumulative, by decile; rows of the same probability stay in their order."""
    riskiest = defaulted[(-probability).argsort(kind="stable")]
    ends = [max(1, round(len(riskiest) * n / DECILES)) for n in range(1, DECILES + 1)]
    return [round(float(riskiest[:end].mean() / defaulted.mean()), 4) for end in ends]


def calibration(defaulted: "NDArray[Any]", probability: "NDArray[Any]") -> list[dict[str, float | int]]:
    """From the least to the most risky: what was predicted and what was observed."""
    import numpy

    parts = numpy.array_split(probability.argsort(kind="stable"), BINS)
    return [
        {
            "predicted": round(float(probability[part].mean()), 4),
            "observed": round(float(defaulted[part].mean()), 4),
            "rows": len(part),
        }
        for part in parts
        if len(part)
    ]
