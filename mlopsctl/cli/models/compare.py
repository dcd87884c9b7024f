"""Two versions of a model, compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlopsctl.cli._common.output import Output
from mlopsctl.cli.models.render import bar, format_metric, format_time, held_out, months, version_data

if TYPE_CHECKING:
    from mlopsctl.operations.models.versions import ModelVersion

HOLDOUT_KEYS = ("holdout_from", "holdout_to", "rows")
METRICS = (
    ("accuracy", "accuracy", 3),
    ("roc_auc", "ROC-AUC", 3),
    ("brier", "Brier (lower is better)", 4),
    ("top_decile_lift", "top-decile lift", 2),
)
BAR = 16  # characters


@dataclass(frozen=True)
class VersionPair:
    a: "ModelVersion"
    b: "ModelVersion"

    @property
    def metrics(self) -> tuple[Mapping[str, Any], Mapping[str, Any], bool]:
        """The metrics of both, and whether they were measured on the same rows: a training also measures the current
        champion on its own held-out rows."""
        of_a, of_b = self.a.metrics or {}, self.b.metrics or {}
        if (champion := of_b.get("champion")) and champion.get("version") == self.a.version:
            return {**_holdout(of_b), **champion}, of_b, True
        if (champion := of_a.get("champion")) and champion.get("version") == self.b.version:
            return of_a, {**_holdout(of_a), **champion}, True
        return of_a, of_b, bool(of_a) and _holdout(of_a) == _holdout(of_b)


def _holdout(metrics: Mapping[str, Any]) -> dict[str, Any]:
    return {key: metrics.get(key) for key in HOLDOUT_KEYS}


def show(out: Output, pair: VersionPair) -> None:
    """22 lines at most."""
    of_a, of_b, same_rows = pair.metrics
    a, b = pair.a, pair.b
    lines = [
        (a.name, a.version, b.version),
        ("role", a.role, b.role),
        ("since", format_time(a.since), format_time(b.since)),
        ("trained on", months(a), months(b)),
        ("applications", f"{a.rows:,}", f"{b.rows:,}"),
    ]
    for columns in lines:
        out.text(_line(*columns))
    if same_rows:
        out.text(f"both measured on {held_out(b, of_b)}")
    else:
        out.text(f"! {a.version} measured on {held_out(a, of_a)}")
        out.text(f"! {b.version} measured on {held_out(b, of_b)}")
        out.text("! different rows: the difference may be due to the data and not to the models")
    for key, name, digits in METRICS:
        value_a, value_b = (format_metric(metrics, key, digits) for metrics in (of_a, of_b))
        out.text(_line(name, value_a, value_b, _difference(of_a, of_b, key, digits)))
    _show_lift(out, of_a.get("lift") or [], of_b.get("lift") or [])


def _line(name: str, a: str, b: str, difference: str = "") -> str:
    return f"{name:<27}{a:<22}{b:<22}{difference}".rstrip()


def _difference(a: Mapping[str, Any], b: Mapping[str, Any], key: str, digits: int) -> str:
    if a.get(key) is None or b.get(key) is None:
        return ""
    return f"{b[key] - a[key]:+.{digits}f}"


def _show_lift(out: Output, a: list[float], b: list[float]) -> None:
    """The cumulative lift of both, on the same scale."""
    if not a or len(a) != len(b):
        return
    maximum = max(*a, *b)
    out.text("lift of the riskiest …")
    for n, values in enumerate(zip(a, b, strict=True)):
        bars = (f"{value:.2f} {bar(value / maximum, BAR)}" for value in values)
        out.text(_line(f"{100 * (n + 1) // len(a):>5} %", *bars))


def data(pair: VersionPair) -> dict[str, Any]:
    of_a, of_b, same_rows = pair.metrics
    return {
        "model": pair.a.name,
        "same_rows": same_rows,
        "versions": [{**version_data(v), "metrics": m or None} for v, m in ((pair.a, of_a), (pair.b, of_b))],
    }
