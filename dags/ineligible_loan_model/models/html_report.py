"""HTML pages that open without a network: a single file each, with plots as inline SVG that needs no fonts."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TEMPLATES = Path(__file__).parent / "templates"
BLUE, ORANGE = "#1f5fa8", "#c8742a"  # distinguishable with colour blindness


def render(template: str, **values: Any) -> bytes:
    """Render a file of `templates/`. Values are escaped, except for plots."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(values).encode()


def new_plot(title: str, x_label: str, y_label: str) -> "tuple[Figure, Axes]":
    """An empty plot. Does not use pyplot, which keeps every figure in memory and needs a display."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.add_subplot(title=title, xlabel=x_label, ylabel=y_label)
    axes.grid(alpha=0.3)
    return figure, axes


def to_svg(figure: "Figure") -> "Markup":
    """The figure as an SVG element. Deterministic."""
    from markupsafe import Markup
    from matplotlib import rc_context

    text = io.StringIO()
    settings: dict[Any, Any] = {"svg.fonttype": "path", "svg.hashsalt": "mlopsctl"}
    with rc_context(settings):
        figure.savefig(text, format="svg", metadata={"Date": None})
    document = text.getvalue()
    return Markup(document[document.index("<svg") :])  # noqa: S704
