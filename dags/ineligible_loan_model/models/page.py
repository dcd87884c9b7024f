"""The page of a model: $MLOPSCTL_HOME/models/<name>/<version>/page.html"""

from collections.abc import Mapping
from typing import Any

from ineligible_loan_model.models import markup, store
from ineligible_loan_model.models.card import Card

FIGURES = {
    "rows": "Rows 행 수",
    "default_rate": "Default rate 부도율",
    "accuracy": "Accuracy 정확도",
    "roc_auc": "ROC-AUC",
    "brier": "Brier score",
    "top_decile_lift": "Top-decile lift 상위 10% 향상도",
}


def publish(card: Card, version: str, metrics: Mapping[str, Any]) -> None:
    """Write the page of a version into the store."""
    store.write(store.root() / card.name / version / "page.html", render(card, version, metrics))


def render(card: Card, version: str, metrics: Mapping[str, Any]) -> bytes:
    """The page: what the model is, its figures beside those of the champion, lift and calibration."""
    beside = metrics["champion"]
    head = ["", version, *([f"champion {beside['version']}"] if beside else [])]
    return markup.document(
        f"{card.name} {version}",
        *(markup.paragraph(line) for line in _about(card, metrics)),
        markup.heading("Figures 성능"),
        markup.table(
            head, ([label, metrics[key], *([beside[key]] if beside else [])] for key, label in FIGURES.items())
        ),
        markup.heading("Cumulative lift 누적 향상도"),
        _lift(version, metrics),
        markup.heading("Calibration 보정"),
        _calibration(version, metrics),
        markup.table(
            ["Rows 행 수", "predicted 예측", "observed 실제"],
            ([part["rows"], part["predicted"], part["observed"]] for part in metrics["calibration"]),
        ),
    )


def _about(card: Card, metrics: Mapping[str, Any]) -> list[str]:
    held = f"{metrics['holdout_from']} … {metrics['holdout_to']}, {metrics['rows']} rows"
    if metrics["holdout_from"] <= card.data_to:
        held += ": no later month is complete, so each was judged by a model of the other ones"
    return [
        f"Trained 학습: {card.trained}, on {card.data_from} … {card.data_to}, {card.rows} rows",
        f"Judged on 평가: {held}",
        f"Features 특성: {', '.join(card.features)}",
    ]


def _versions(version: str, metrics: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any], str]]:
    beside = metrics["champion"]
    both = [(version, metrics, markup.OURS)]
    return [*both, (f"champion {beside['version']}", beside, markup.OTHER)] if beside else both


def _lift(version: str, metrics: Mapping[str, Any]) -> str:
    figure, plot = markup.axes("Default rate of the riskiest, against that of all", "riskiest rows, per cent", "lift")
    for label, figures, colour in _versions(version, metrics):
        shares = [100 * n // len(figures["lift"]) for n in range(1, len(figures["lift"]) + 1)]
        plot.plot(shares, figures["lift"], marker="o", color=colour, label=label)
    plot.axhline(1, color="gray", linestyle=":", label="by chance")
    plot.set_ylim(bottom=0)
    plot.legend()
    return markup.svg(figure)


def _calibration(version: str, metrics: Mapping[str, Any]) -> str:
    figure, plot = markup.axes("What was predicted, and what came", "predicted probability", "observed default rate")
    for label, figures, colour in _versions(version, metrics):
        predicted = [part["predicted"] for part in figures["calibration"]]
        observed = [part["observed"] for part in figures["calibration"]]
        plot.plot(predicted, observed, marker="o", color=colour, label=label)
    plot.plot([0, 1], [0, 1], color="gray", linestyle=":", label="perfect")
    plot.legend()
    return markup.svg(figure)
