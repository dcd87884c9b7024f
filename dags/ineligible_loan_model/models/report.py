"""The weekly report: numbers in mlops_meta.model_api_log, a page in $MLOPSCTL_HOME/models/<name>/reports/."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from support import feature_store

from ineligible_loan_model.models import data, markup, performance, registry, store
from ineligible_loan_model.models.window import LABEL_DAYS


def measure(name: str, as_of: str) -> dict[str, Any] | None:
    """The numbers of the report of the day `as_of` (YYYYMMDD); None where no prediction's label is complete."""
    predictions = feature_store.frame(
        feature_store.sql(data.SQL / "read_outcomes.sql"),
        {"as_of": as_of, "label_days": LABEL_DAYS, "days": LABEL_DAYS + 7 * performance.WEEKS},
    )
    champion = registry.champion(name)
    if not len(predictions) or not champion:
        return None
    entry = registry.entry(name, champion)
    training = data.features(entry.data_from, entry.data_to)
    recent = data.latest_features(performance.RECENT_DAYS, as_of)
    return {
        "as_of": as_of,
        "version": entry.version,
        "rows": len(predictions),
        "weeks": performance.by_week(predictions),
        "recent_from": str(recent["base_dt"].min()),
        "recent_to": str(recent["base_dt"].max()),
        "recent_rows": len(recent),
        "drift": performance.drift(training, recent),
    }


def publish(name: str, numbers: Mapping[str, Any]) -> Path:
    """Write the page, then record the numbers, in place of those of an earlier try; the page's path."""
    path = store.root() / name / "reports" / f"{numbers['as_of']}.html"
    store.write(path, render(name, numbers))
    feature_store.execute(
        feature_store.sql(data.SQL / "delete_report.sql"),
        feature_store.sql(data.SQL / "insert_report.sql"),
        parameters={
            "model_name": name,
            "model_version": numbers["version"],
            "as_of": numbers["as_of"],
            "payload": json.dumps(numbers),
        },
    )
    return path


def render(name: str, numbers: Mapping[str, Any]) -> bytes:
    """The page."""
    weeks = numbers["weeks"]
    return markup.document(
        f"{name}: {numbers['as_of']}",
        markup.paragraph(
            f"{numbers['rows']} predictions whose {LABEL_DAYS} days are over; champion {numbers['version']}. "
            f"90일이 지나 결과를 아는 예측 {numbers['rows']}건."
        ),
        markup.heading("Predicted and observed 예측과 실제"),
        _plot("Default rate by week", weeks, {"predicted": markup.OURS, "observed": markup.OTHER}),
        markup.heading("Accuracy 정확도"),
        _plot("Share of predictions that were right", weeks, {"accuracy": markup.OURS}),
        markup.table(
            ["Week 주", "rows", "predicted", "observed", "accuracy", "Brier"],
            ([w["week"], w["rows"], w["predicted"], w["observed"], w["accuracy"], w["brier"]] for w in weeks),
        ),
        markup.heading("Drift of features 특성 변화 (PSI)"),
        markup.paragraph(
            f"{numbers['recent_rows']} applications of {numbers['recent_from']} … {numbers['recent_to']} against those "
            f"of the training. Below {performance.WATCH}: stable; from {performance.MOVED} on: moved."
        ),
        markup.table(
            ["Feature 특성", "PSI", "reading"], ([d["feature"], d["psi"], d["reading"]] for d in numbers["drift"])
        ),
    )


def _plot(title: str, weeks: Sequence[Mapping[str, Any]], lines: Mapping[str, str]) -> str:
    figure, plot = markup.axes(title, "week of the application", "share")
    labels = [week["week"][2:] for week in weeks]
    for key, colour in lines.items():
        plot.plot(labels, [week[key] for week in weeks], marker="o", color=colour, label=key)
    plot.set_ylim(0, 1)
    plot.set_xticks(labels[:: max(1, len(labels) // 8)])
    plot.legend()
    return markup.svg(figure)
