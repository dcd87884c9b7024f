"""The table and the plot of docs/performance.md, made from the results of the measurements.

    python -m tests.bench.table RESULTS [--write]

Prints the table as Markdown. --write puts it into docs/performance.md and draws docs/performance.svg instead, which
needs matplotlib: it is one of the development tools.
"""

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench import results
from tests.bench.measure import CHECKOUT
from tests.bench.results import ROWS, Result

PAGE, PLOT = CHECKOUT / "docs/performance.md", CHECKOUT / "docs/performance.svg"
BEGIN, END = "<!-- made by tests/bench/table.py -->", "<!-- end -->"
GRAY, GOOD, BAD = "#7d8590", "#2f81f7", "#d1583c"  # readable on white and on GitHub's dark background


def markdown(found: Mapping[str, Result]) -> str:
    head = "| measured | compared with | that | mlopsctl | ratio | from … to | goal |"
    lines = [head, "|---|---|--:|--:|--:|---|--:|", *(_line(result) for result in found.values())]
    return "\n".join([*lines, "", *_circumstances(found)])


def _line(result: Result) -> str:
    row = ROWS[result.row]
    figures = [_figure(value, row.unit) for value in (result.rival, result.ours)]
    ratio = f"**{result.ratio:.2f}**" if result.good else f"{result.ratio:.2f}"
    return f"| {row.title} | {row.rival} | {' | '.join(figures)} | {ratio} | {result.spread} | {row.limit:.2f} |"


def _figure(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"


def _circumstances(found: Mapping[str, Result]) -> list[str]:
    """On which machines, and with what, the rows were measured."""
    machines = {f"{result.cores} cores and {result.memory_gib:.0f} GiB of memory" for result in found.values()}
    all_loads = [result.load for result in found.values()]
    loads = " to ".join(sorted({f"{load:.1f}" for load in (min(all_loads), max(all_loads))}, key=float))
    versions = {f"{name} {value}" for result in found.values() for name, value in result.versions.items()}
    days = {result.measured[:10] for result in found.values()}
    return [
        f"Measured on {', '.join(sorted(days))} on {', '.join(sorted(machines))}, with a load of {loads} "
        f"before the measurements; {', '.join(sorted(versions))}."
    ]


def draw(found: Mapping[str, Result], file: Path) -> None:
    """A bar per row: our figure in percent of the rival's, with the smallest and the largest of the pairs."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "fixed", "font.size": 10, "text.color": GRAY}
    from matplotlib import pyplot

    shown = list(found.values())[::-1]
    figure, axes = pyplot.subplots(figsize=(9, 0.8 + 0.36 * len(shown)), layout="constrained")
    ratios = [result.ratio for result in shown]
    spread = [[r.ratio - min(r.ratios) for r in shown], [max(r.ratios) - r.ratio for r in shown]]
    colors = [GOOD if result.good else BAD for result in shown]
    axes.barh(range(len(shown)), ratios, xerr=spread, color=colors, ecolor=GRAY, height=0.6)
    for at, result in enumerate(shown):
        axes.plot([ROWS[result.row].limit] * 2, [at - 0.42, at + 0.42], color=GRAY, linewidth=2)
        axes.text(0.01, at, f"{result.ratio:.2f}", color="white", va="center")
    titles = [ROWS[result.row].title.replace("`", "") for result in shown]
    _style(axes, titles)
    figure.savefig(file, transparent=True, metadata={"Date": None, "Creator": None})


def _style(axes: Any, titles: list[str]) -> None:
    axes.set_yticks(range(len(titles)), titles)
    axes.axvline(1, color=GRAY, linewidth=1, linestyle="--")
    axes.set_xlim(0, 1.1)
    axes.set_xlabel("ratio to what it is compared with (1 = the same; thick mark: the goal)", color=GRAY)
    axes.tick_params(colors=GRAY)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(GRAY)


def write(found: Mapping[str, Result]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    part = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    if not part.search(text):
        sys.exit(f"{PAGE} has no {BEGIN} … {END}")
    content = f"{BEGIN}\n![The ratios of the table as bars]({PLOT.name})\n\n{markdown(found)}\n{END}"
    PAGE.write_text(part.sub(lambda _: content, text), encoding="utf-8")
    draw(found, PLOT)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, metavar="RESULTS", help="the file named by --results of the others")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md and docs/performance.svg")
    given = parser.parse_args()
    found = results.read(given.results)
    if given.write:
        write(found)
    else:
        print(markdown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
