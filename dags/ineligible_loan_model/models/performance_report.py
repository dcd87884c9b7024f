"""The weekly performance report: a row in mlops_meta.model_api_log, and an HTML page.

The page is models/<name>/reports/<YYYYMMDD>.html, in the store of the models.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from support import feature_store, files

from ineligible_loan_model.models import artifact_store, datasets, html_report, performance_metrics, registry
from ineligible_loan_model.models.training_window import LABEL_DAYS

if TYPE_CHECKING:
    from markupsafe import Markup


def measure(name: str, as_of: str) -> dict[str, Any] | None:
    """The content of the report of a day (YYYYMMDD). None if no prediction has complete labels, or without champion."""
    predictions = feature_store.fetch_frame(
        datasets.SQL / "read_prediction_outcomes.sql",
        {"as_of": as_of, "label_days": LABEL_DAYS, "days": LABEL_DAYS + 7 * performance_metrics.WEEKS},
    )
    champion = registry.current_champion(name)
    if not len(predictions) or not champion:
        return None
    version = registry.get_version(name, champion)
    training = datasets.read_features(version.data_from, version.data_to)
    recent = datasets.read_latest_features(performance_metrics.RECENT_DAYS, as_of)
    return {
        "as_of": as_of,
        "version": version.version,
        "rows": len(predictions),
        "weeks": performance_metrics.by_week(predictions),
        "recent_from": str(recent["base_dt"].min()) if len(recent) else None,
        "recent_to": str(recent["base_dt"].max()) if len(recent) else None,
        "recent_rows": len(recent),
        "drift": performance_metrics.feature_drift(training, recent),
    }


def write(name: str, report: Mapping[str, Any]) -> Any:
    """Write the page, then replace the row of that day; return the path of the page."""
    path = artifact_store.store_root() / name / "reports" / f"{report['as_of']}.html"
    files.write_file(path, render(name, report))
    feature_store.execute(
        datasets.SQL / "delete_report.sql",
        datasets.SQL / "insert_report.sql",
        parameters={
            "model_name": name,
            "model_version": report["version"],
            "as_of": report["as_of"],
            "payload": json.dumps(report),
        },
    )
    return path


def render(name: str, report: Mapping[str, Any]) -> bytes:
    """The page: predictions and outcomes by week, and the drift of the features."""
    weeks, rates = report["weeks"], {"predicted": html_report.BLUE, "observed": html_report.ORANGE}
    return html_report.render(
        "performance.html",
        title=f"{name}: {report['as_of']}",
        report=report,
        label_days=LABEL_DAYS,
        watch=performance_metrics.PSI_WATCH,
        moved=performance_metrics.PSI_MOVED,
        default_rate_plot=_plot_by_week("Default rate by week", weeks, rates),
        accuracy_plot=_plot_by_week("Share of correct predictions", weeks, {"accuracy": html_report.BLUE}),
    )


def _plot_by_week(title: str, weeks: Sequence[Mapping[str, Any]], colours: Mapping[str, str]) -> "Markup":
    figure, axes = html_report.new_plot(title, "week of the application", "share")
    labels = [week["week"][2:] for week in weeks]
    for key, colour in colours.items():
        axes.plot(labels, [week[key] for week in weeks], marker="o", color=colour, label=key)
    axes.set_ylim(0, 1)
    axes.set_xticks(labels[:: max(1, len(labels) // 8)])
    axes.legend()
    return html_report.to_svg(figure)
