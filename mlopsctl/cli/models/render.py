"""Trained models on 80 columns, and as JSON. docs/models.md explains the keys."""

import textwrap
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from mlopsctl.cli._common.output import Output
from mlopsctl.core.text import plural

if TYPE_CHECKING:
    from pathlib import Path

    from mlopsctl.operations.models.versions import ModelVersion, RegisteredModel

MAX_VERSIONS = 15
LIFT_BAR, CALIBRATION_BAR = 20, 16  # characters
METRICS = (  # key, column of the list, name, digits
    ("accuracy", "ACC", "accuracy", 3),
    ("roc_auc", "ROC-AUC", "ROC-AUC", 3),
    ("brier", "BRIER", "Brier", 4),
    ("top_decile_lift", "LIFT", "top-decile lift", 2),
)


def show_list(out: Output, models: "Sequence[RegisteredModel]", every: bool) -> None:
    for n, model in enumerate(models):
        out.text(f"{chr(10) if n else ''}{model.name}: {_champion(model)}")
        shown = model.versions if every else model.versions[:MAX_VERSIONS]
        columns = ("VERSION", "ROLE", "SINCE", "TRAINED ON", *(column for _, column, _, _ in METRICS))
        out.table(columns, [(v.version, v.role, f"{v.since:%Y-%m-%d}", months(v), *_metrics(v)) for v in shown])
        if hidden := len(model.versions) - len(shown):
            out.text(f"{plural(hidden, 'older version')} not shown; use --all to see all")


def _champion(model: "RegisteredModel") -> str:
    champion = model.champion
    return f"champion {champion.version} since {format_time(champion.since)}" if champion else "no champion"


def months(version: "ModelVersion") -> str:
    """`2023-06…2023-11` for complete months, else the days."""
    first, last = version.data_from, version.data_to
    complete = first.day == 1 and (last + timedelta(days=1)).day == 1
    return f"{first:%Y-%m}…{last:%Y-%m}" if complete else f"{first}…{last}"


def _metrics(version: "ModelVersion") -> list[str]:
    return [format_metric(version.metrics, key, digits) for key, _, _, digits in METRICS]


def format_metric(metrics: Mapping[str, Any] | None, key: str, digits: int) -> str:
    """The number, or a dash if it was not measured."""
    value = (metrics or {}).get(key)
    return "–" if value is None else f"{value:.{digits}f}"


def format_time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def show_version(out: Output, version: "ModelVersion", store: "Path") -> None:
    """22 lines at most."""
    from mlopsctl.operations.models.artifact import page, state

    metrics = version.metrics or {}
    measured = "  ".join(f"{name} {value}" for (_, _, name, _), value in zip(METRICS, _metrics(version), strict=True))
    out.text(f"{version.name} {version.version}  {version.role} since {format_time(version.since)}")
    out.text(f"trained on  {version.data_from} … {version.data_to}, {version.rows:,} applications")
    out.text(f"measured    {held_out(version, metrics)}")
    out.text(f"            {measured}")
    out.text(f"features    {textwrap.shorten(', '.join(version.features), 68, placeholder=' …')}")
    out.text(f"file        {store / version.artifact}: {state(store, version)}")
    out.text(f"page        {page(store, version) or 'none'}")
    if metrics.get("lift"):
        out.text("")
        _show_curves(out, metrics["lift"], metrics.get("calibration") or [])
    for decision in version.decisions[-2:]:
        line = f"{format_time(decision.at)}  {decision.decision}  {decision.reason} ({decision.by})"
        out.text(textwrap.shorten(line, 80, placeholder=" …"))


def held_out(version: "ModelVersion", metrics: Mapping[str, Any]) -> str:
    """The rows on which the metrics were measured. The first model has no later rows: each of its months was measured
    with a model trained on the other months."""
    if not metrics.get("holdout_from"):
        return "not measured"
    first, last = (_day(metrics[key]) for key in ("holdout_from", "holdout_to"))
    defaults = f", {metrics['default_rate']:.1%} defaults" if metrics.get("default_rate") is not None else ""
    days = f"{months(version)} month by month" if first == version.data_from else f"{first} … {last}"
    return f"{days}, {metrics['rows']:,} applications{defaults}"


def _day(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _show_curves(out: Output, lift: Sequence[float], calibration: Sequence[Mapping[str, Any]]) -> None:
    """The cumulative lift by decile, next to the calibration."""
    left = ["RISKIEST  LIFT", *lift_lines(lift, max(lift), LIFT_BAR)]
    right = ["PREDICTED  OBSERVED  ROWS", *map(_calibration_line, calibration)] if calibration else []
    for one, other in zip_longest(left, right, fillvalue=""):
        out.text(f"{one:<36}{other}".rstrip())


def lift_lines(lift: Sequence[float], maximum: float, width: int) -> list[str]:
    """`10 %  3.43 ████████`, a line per decile."""
    return [
        f"{100 * (n + 1) // len(lift):>5} %   {value:.2f} {bar(value / maximum, width)}" for n, value in enumerate(lift)
    ]


def bar(share: float, width: int) -> str:
    """A bar in eighths of characters."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    return "█" * (eighths // 8) + ("▏▎▍▌▋▊▉"[eighths % 8 - 1] if eighths % 8 else "")


def _calibration_line(row: Mapping[str, Any]) -> str:
    """The bar is the observed rate, the mark the predicted one."""
    drawn = list(bar(row["observed"], CALIBRATION_BAR).ljust(CALIBRATION_BAR))
    drawn[min(CALIBRATION_BAR - 1, round(row["predicted"] * CALIBRATION_BAR))] = "│"
    line = f"{row['predicted']:>9.2f}  {row['observed']:>8.2f}  {row['rows']:>4}  {''.join(drawn)}"
    return line.rstrip()


def model_data(model: "RegisteredModel") -> dict[str, Any]:
    champion = model.champion
    return {
        "model": model.name,
        "champion": champion.version if champion else None,
        "since": champion.since.isoformat() if champion else None,
        "versions": [version_data(v) for v in model.versions],
    }


def version_data(version: "ModelVersion") -> dict[str, Any]:
    return {
        "version": version.version,
        "role": version.role,
        "since": version.since.isoformat(),
        "registered": version.registered.isoformat(),
        "data_from": str(version.data_from),
        "data_to": str(version.data_to),
        "cutoff": str(version.cutoff) if version.cutoff else None,
        "rows": version.rows,
        "metrics": version.metrics,
    }


def version_details(version: "ModelVersion", store: "Path") -> dict[str, Any]:
    from mlopsctl.operations.models.artifact import page, state

    found = page(store, version)
    return {
        "model": version.name,
        **version_data(version),
        "started": version.started.isoformat() if version.started else None,
        "finished": version.finished.isoformat() if version.finished else None,
        "features": list(version.features),
        "artifact": str(store / version.artifact),
        "artifact_state": state(store, version),
        "checksum": version.checksum,
        "page": str(found) if found else None,
        "decisions": [
            {"decision": d.decision, "reason": d.reason, "by": d.by, "at": d.at.isoformat()} for d in version.decisions
        ],
    }
