"""Pages that open without a network: one file, plots inside as SVG. Their letters are drawn: no font is needed."""

import io
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLE = """
body { font: 15px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 1em 0; } th, td { padding: .2em .9em; border-bottom: 1px solid #ddd; }
th { text-align: left; } td { text-align: right; font-variant-numeric: tabular-nums; } svg { max-width: 100%; }
"""
OURS, OTHER = "#1f5fa8", "#c8742a"  # told apart by those who see no red or green, too


def document(title: str, *parts: str) -> bytes:
    """A whole page."""
    return (
        f'<!DOCTYPE html>\n<html lang="ko"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head>\n<body><h1>{escape(title)}</h1>\n{chr(10).join(parts)}\n</body></html>\n"
    ).encode()


def heading(text: str) -> str:
    return f"<h2>{escape(text)}</h2>"


def paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The first cell of each row names it."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = [
        f"<tr><th>{escape(str(row[0]))}</th>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    ]
    return f"<table><tr>{top}</tr>{''.join(lines)}</table>"


def axes(title: str, x: str, y: str) -> "tuple[Figure, Axes]":
    """An empty plot. Not pyplot: that keeps every figure, and asks for a screen."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.6), layout="constrained")
    plot = figure.add_subplot(title=title, xlabel=x, ylabel=y)
    plot.grid(alpha=0.3)
    return figure, plot


def svg(figure: "Figure") -> str:
    """The figure as an element of a page; the same figure gives the same text."""
    from matplotlib import rc_context

    text = io.StringIO()
    settings: dict[Any, Any] = {"svg.fonttype": "path", "svg.hashsalt": "mlopsctl"}
    with rc_context(settings):
        figure.savefig(text, format="svg", metadata={"Date": None})
    drawn = text.getvalue()
    return drawn[drawn.index("<svg") :]
