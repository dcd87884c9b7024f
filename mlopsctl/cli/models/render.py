"""How trained models are shown on 80 columns, and as JSON. What the keys mean is in docs/models.md."""

import textwrap
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from mlopsctl.cli._common.output import Output

if TYPE_CHECKING:
    from mlopsctl.core.paths import Home
    from mlopsctl.operations.models.versions import Model, Version

LATEST = 15  # versions
LIFT_BAR, SHARE_BAR = 20, 16  # characters
FIGURES = (
    ("accuracy", "ACC", 3),
    ("roc_auc", "ROC-AUC", 3),
    ("brier", "BRIER", 4),
    ("top_decile_lift", "LIFT", 2),
)


NAMES = ("accuracy", "ROC-AUC", "Brier", "top-decile lift")


def show_list(out: Output, models: "Sequence[Model]", every: bool) -> None:
    for n, model in enumerate(models):
        out.text(f"{chr(10) if n else ''}{model.name}: {_champion(model)}")
        shown = model.versions if every else model.versions[:LATEST]
        columns = ("VERSION", "ROLE", "SINCE", "TRAINED ON", *(title for _, title, _ in FIGURES))
        out.table(columns, [(v.version, v.role, f"{v.since:%Y-%m-%d}", months(v), *_figures(v)) for v in shown])
        if hidden := len(model.versions) - len(shown):
            out.text(f"{hidden} older {'versions' if hidden > 1 else 'version'}; --all shows them")


def _champion(model: "Model") -> str:
    now = model.champion
    return f"champion {now.version} since {moment(now.since)}" if now else "no champion"


def months(version: "Version") -> str:
    """`2023-06…2023-11` where these are whole months, else the days."""
    first, last = version.data_from, version.data_to
    whole = first.day == 1 and (last + timedelta(days=1)).day == 1
    return f"{first:%Y-%m}…{last:%Y-%m}" if whole else f"{first}…{last}"


def _figures(version: "Version") -> list[str]:
    return [figure(version.metrics, key, digits) for key, _, digits in FIGURES]


def figure(metrics: Mapping[str, Any] | None, key: str, digits: int) -> str:
    """A number, or a dash where it was not measured."""
    value = (metrics or {}).get(key)
    return "–" if value is None else f"{value:.{digits}f}"


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def show_version(out: Output, version: "Version", home: "Home") -> None:
    """22 lines at most."""
    from mlopsctl.operations.models.artifact import page, state

    metrics = version.metrics or {}
    out.text(f"{version.name} {version.version}  {version.role} since {moment(version.since)}")
    out.text(f"trained on  {version.data_from} … {version.data_to}, {version.rows:,} applications")
    out.text(f"measured    {held_out(version, metrics)}")
    out.text("            " + "  ".join(f"{name} {n}" for name, n in zip(NAMES, _figures(version), strict=True)))
    out.text(f"features    {textwrap.shorten(', '.join(version.features), 68, placeholder=' …')}")
    out.text(f"file        {home.models / version.artifact}: {state(home.models, version)}")
    out.text(f"page        {page(home.models, version) or 'none'}")
    if metrics.get("lift"):
        out.text("")
        _curves(out, metrics["lift"], metrics.get("calibration") or [])
    for decision in version.decisions[-2:]:
        words = f"{moment(decision.at)}  {decision.decision}  {decision.reason} ({decision.by})"
        out.text(textwrap.shorten(words, 80, placeholder=" …"))


def held_out(version: "Version", metrics: Mapping[str, Any]) -> str:
    """On which rows the figures were taken. The first model of all has none to spare: each of its months was judged by
    one that was trained on the others."""
    if not metrics.get("holdout_from"):
        return "not measured"
    first, last = (_day(metrics[key]) for key in ("holdout_from", "holdout_to"))
    share = f", {metrics['default_rate']:.1%} defaults" if metrics.get("default_rate") is not None else ""
    when = f"{months(version)} month by month" if first == version.data_from else f"{first} … {last}"
    return f"{when}, {metrics['rows']:,} applications{share}"


def _day(word: str) -> date | str:
    try:
        return date.fromisoformat(word)
    except ValueError:
        return word  # shown as it was written


def _curves(out: Output, lift: Sequence[float], calibration: Sequence[Mapping[str, Any]]) -> None:
    """The cumulative lift by decile, and beside it how often what was predicted happened."""
    left = ["RISKIEST  LIFT", *lift_lines(lift, max(lift), LIFT_BAR)]
    right = ["PREDICTED  OBSERVED  ROWS", *(_calibrated(row) for row in calibration)] if calibration else []
    for one, other in zip_longest(left, right, fillvalue=""):
        out.text(f"{one:<36}{other}".rstrip())


def lift_lines(lift: Sequence[float], most: float, width: int) -> list[str]:
    """`10 %  3.43 ████████`, a line per decile."""
    return [
        f"{100 * (n + 1) // len(lift):>5} %   {value:.2f} {bar(value / most, width)}" for n, value in enumerate(lift)
    ]


def bar(share: float, width: int) -> str:
    """A bar of eighths of characters."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    return "█" * (eighths // 8) + ("▏▎▍▌▋▊▉"[eighths % 8 - 1] if eighths % 8 else "")


def _calibrated(row: Mapping[str, Any]) -> str:
    """The bar is what was observed, the mark what was predicted."""
    drawn = list(bar(row["observed"], SHARE_BAR).ljust(SHARE_BAR))
    drawn[min(SHARE_BAR - 1, round(row["predicted"] * SHARE_BAR))] = "│"
    line = f"{row['predicted']:>9.2f}  {row['observed']:>8.2f}  {row['rows']:>4}  {''.join(drawn)}"
    return line.rstrip()


def model_data(model: "Model") -> dict[str, Any]:
    now = model.champion
    return {
        "model": model.name,
        "champion": now.version if now else None,
        "since": now.since.isoformat() if now else None,
        "versions": [version_data(v) for v in model.versions],
    }


def version_data(version: "Version") -> dict[str, Any]:
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


def whole_data(version: "Version", home: "Home") -> dict[str, Any]:
    from mlopsctl.operations.models.artifact import page, state

    found = page(home.models, version)
    return {
        "model": version.name,
        **version_data(version),
        "started": version.started.isoformat() if version.started else None,
        "finished": version.finished.isoformat() if version.finished else None,
        "features": list(version.features),
        "artifact": str(home.models / version.artifact),
        "artifact_state": state(home.models, version),
        "checksum": version.checksum,
        "page": str(found) if found else None,
        "decisions": [
            {"decision": d.decision, "reason": d.reason, "by": d.by, "at": d.at.isoformat()} for d in version.decisions
        ],
    }
