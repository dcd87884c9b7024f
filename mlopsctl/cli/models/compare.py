"""Two versions of a model side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlopsctl.cli._common.output import Output
from mlopsctl.cli.models.render import bar, figure, held_out, moment, months, version_data

if TYPE_CHECKING:
    from mlopsctl.operations.models.versions import Version

ROWS = ("holdout_from", "holdout_to", "rows")
FIGURES = (
    ("accuracy", "accuracy", 3),
    ("roc_auc", "ROC-AUC", 3),
    ("brier", "Brier score (less: better)", 4),
    ("top_decile_lift", "top-decile lift", 2),
)
BAR = 16  # characters


@dataclass(frozen=True)
class Pair:
    a: "Version"
    b: "Version"

    @property
    def metrics(self) -> tuple[Mapping[str, Any], Mapping[str, Any], bool]:
        """The figures of both, and whether they were taken on the same rows: a training measures the champion on its
        own hold-out, too."""
        own_a, own_b = self.a.metrics or {}, self.b.metrics or {}
        if (beside := own_b.get("champion")) and beside.get("version") == self.a.version:
            return {**_rows(own_b), **beside}, own_b, True
        if (beside := own_a.get("champion")) and beside.get("version") == self.b.version:
            return own_a, {**_rows(own_a), **beside}, True
        return own_a, own_b, bool(own_a) and _rows(own_a) == _rows(own_b)


def _rows(metrics: Mapping[str, Any]) -> dict[str, Any]:
    return {key: metrics.get(key) for key in ROWS}


def show(out: Output, pair: Pair) -> None:
    """22 lines at most."""
    of_a, of_b, same = pair.metrics
    a, b = pair.a, pair.b
    lines = [
        (a.name, a.version, b.version),
        ("role", a.role, b.role),
        ("since", moment(a.since), moment(b.since)),
        ("trained on", months(a), months(b)),
        ("applications", f"{a.rows:,}", f"{b.rows:,}"),
    ]
    for words in lines:
        out.text(_line(*words))
    if same:
        out.text(f"both measured on {held_out(b, of_b)}")
    else:
        out.text(f"! {a.version} measured on {held_out(a, of_a)}")
        out.text(f"! {b.version} measured on {held_out(b, of_b)}")
        out.text("! these are other rows, perhaps harder ones: what differs may not be the models")
    for key, name, digits in FIGURES:
        out.text(_line(name, figure(of_a, key, digits), figure(of_b, key, digits), _change(of_a, of_b, key, digits)))
    _lifts(out, of_a.get("lift") or [], of_b.get("lift") or [])


def _line(name: str, a: str, b: str, change: str = "") -> str:
    return f"{name:<27}{a:<22}{b:<22}{change}".rstrip()


def _change(a: Mapping[str, Any], b: Mapping[str, Any], key: str, digits: int) -> str:
    if a.get(key) is None or b.get(key) is None:
        return ""
    return f"{b[key] - a[key]:+.{digits}f}"


def _lifts(out: Output, a: list[float], b: list[float]) -> None:
    """The cumulative lift of both, on one scale."""
    if not a or len(a) != len(b):
        return
    most = max(*a, *b)
    out.text("lift of the riskiest …")
    for n, (one, other) in enumerate(zip(a, b, strict=True)):
        bars = (f"{value:.2f} {bar(value / most, BAR)}" for value in (one, other))
        out.text(_line(f"{100 * (n + 1) // len(a):>5} %", *bars))


def data(pair: Pair) -> dict[str, Any]:
    of_a, of_b, same = pair.metrics
    return {
        "model": pair.a.name,
        "same_rows": same,
        "versions": [{**version_data(v), "metrics": m or None} for v, m in ((pair.a, of_a), (pair.b, of_b))],
    }
