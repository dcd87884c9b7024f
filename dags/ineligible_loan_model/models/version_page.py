"""The HTML page of a model version, next to its artifact: models/<name>/<version>/page.html."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support import files

from ineligible_loan_model.models import artifact_store, html_report
from ineligible_loan_model.models.model_card import ModelCard

if TYPE_CHECKING:
    from markupsafe import Markup

METRIC_LABELS = {
    "rows": "Rows 행 수",
    "default_rate": "Default rate 부도율",
    "accuracy": "Accuracy 정확도",
    "roc_auc": "ROC-AUC",
    "brier": "Brier score",
    "top_decile_lift": "Top-decile lift 상위 10% 향상도",
}


@dataclass(frozen=True)
class ComparedVersion:
    """A version in the table and the plots: the new one, or the champion at that time."""

    label: str
    metrics: Mapping[str, Any]
    colour: str


def write(card: ModelCard, version: str, metrics: Mapping[str, Any]) -> None:
    """Write the page of a version to the store."""
    page = artifact_store.store_root() / card.name / version / "page.html"
    files.write_file(page, render(card, version, metrics))


def render(card: ModelCard, version: str, metrics: Mapping[str, Any]) -> bytes:
    """The page: what the model was trained on, its metrics next to the champion's, lift and calibration."""
    versions = [ComparedVersion(version, metrics, html_report.BLUE)]
    if champion := metrics["champion"]:
        versions.append(ComparedVersion(f"champion {champion['version']}", champion, html_report.ORANGE))
    return html_report.render(
        "version.html",
        title=f"{card.name} {version}",
        card=card,
        metrics=metrics,
        metric_labels=METRIC_LABELS,
        versions=versions,
        lift_plot=_plot_lift(versions),
        calibration_plot=_plot_calibration(versions),
    )


def _plot_lift(versions: Sequence[ComparedVersion]) -> "Markup":
    title = "Default rate of the riskiest applications, relative to all"
    figure, axes = html_report.new_plot(title, "riskiest rows (%)", "lift")
    for version in versions:
        lift = version.metrics["lift"]
        percent = [100 * n // len(lift) for n in range(1, len(lift) + 1)]
        axes.plot(percent, lift, marker="o", color=version.colour, label=version.label)
    axes.axhline(1, color="gray", linestyle=":", label="random")
    axes.set_ylim(bottom=0)
    axes.legend()
    return html_report.to_svg(figure)


def _plot_calibration(versions: Sequence[ComparedVersion]) -> "Markup":
    title = "Predicted and observed default rates"
    figure, axes = html_report.new_plot(title, "predicted probability", "observed default rate")
    for version in versions:
        groups = version.metrics["calibration"]
        predicted, observed = [group["predicted"] for group in groups], [group["observed"] for group in groups]
        axes.plot(predicted, observed, marker="o", color=version.colour, label=version.label)
    axes.plot([0, 1], [0, 1], color="gray", linestyle=":", label="perfect")
    axes.legend()
    return html_report.to_svg(figure)
