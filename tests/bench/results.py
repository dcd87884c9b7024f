"""The rows of the comparison in docs/performance.md: what each measures, and the file with what was measured.

The file has a JSON object per line. `tests.bench.table` makes a table and a plot from the last one of each row.
"""

import json
import os
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from mlopsctl.core.settings import AIRFLOW_VERSION
from mlopsctl.core.text import plural
from tests.bench.measure import CHECKOUT

Pairs = Sequence[tuple[float, float]]
OLD_BUILD, DOCUMENTED = "build without preloading", "documented installation"


@dataclass(frozen=True)
class Row:
    """`limit`: the ratio to the rival that it may have."""

    title: str
    unit: str
    limit: float
    rival: str = OLD_BUILD


ROWS = {
    "loan wall": Row("31 days of `ineligible_loan_model`, time", "s", 0.42),
    "loan CPU": Row("31 days of `ineligible_loan_model`, CPU of all services", "s", 0.40),
    "train wall": Row("a run of `ineligible_loan_model_ct` (training), time", "s", 0.6),
    "extract wall": Row("31 days of `data_extract_pipeline`, time", "s", 0.9),
    "extract CPU": Row("31 days of `data_extract_pipeline`, CPU of all services", "s", 0.85),
    "trigger wall": Row("a triggered run of seven tasks, time", "s", 0.9),
    "parse CPU": Row("parsing all DAG files, CPU of the dag-processor", "s", 0.5),
    "idle memory": Row("idle after 300 tasks, memory (PSS)", "MiB", 0.55),
    "predict memory": Row("16 predictions at the same time, memory (PSS)", "MiB", 0.5),
    "setup wall": Row("`setup` with empty caches, time", "s", 0.40, DOCUMENTED),
    "setup busy wall": Row("`setup` with empty caches on a busy machine, time", "s", 0.5, DOCUMENTED),
    "onboard wall": Row("`shell/onboard.sh` after the system packages, time", "s", 0.6),
    "start wall": Row("`start` of a stopped platform, time", "s", 0.85),
}


@dataclass(frozen=True)
class Result:
    """`pairs`: ours and the rival's, taken one after the other. `load`: of the machine when the measurement began, as
    the system counts it for the minute before."""

    row: str
    pairs: Pairs
    load: float
    cores: int
    memory_gib: float
    versions: dict[str, str]
    measured: str

    @property
    def ours(self) -> float:
        return statistics.median(ours for ours, _ in self.pairs)

    @property
    def rival(self) -> float:
        return statistics.median(rival for _, rival in self.pairs)

    @property
    def ratios(self) -> list[float]:
        return [ours / rival for ours, rival in self.pairs]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    @property
    def spread(self) -> str:
        return f"{min(self.ratios):.2f} … {max(self.ratios):.2f}, {plural(len(self.pairs), 'pair')}"

    @property
    def good(self) -> bool:
        return self.ratio <= ROWS[self.row].limit


def load() -> float:
    return os.getloadavg()[0]


def record(row: str, pairs: Pairs, began_at_load: float, file: Path | None, rival: Path | None = None) -> bool:
    """Print the verdict and append the result to the file. `rival`: the checkout that was compared. Whether the ratio
    is within the limit."""
    versions = {"airflow": AIRFLOW_VERSION, "mlopsctl": commit(CHECKOUT)} | ({"rival": commit(rival)} if rival else {})
    memory = psutil.virtual_memory().total / 2**30
    now = datetime.now(UTC).isoformat(timespec="seconds")
    result = Result(row, pairs, began_at_load, os.cpu_count() or 1, memory, versions, now)
    shape = ROWS[row]
    print(
        f"{row}: {result.ours:.1f} {shape.unit} against {result.rival:.1f} {shape.unit} ({shape.rival}): ratio "
        f"{result.ratio:.2f} ({result.spread}), at most "
        f"{shape.limit}: {'ok' if result.good else 'TOO MUCH'}",
        flush=True,
    )
    if file:
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(result)) + "\n")
    return result.good


def read(file: Path) -> dict[str, Result]:
    """The last result of each row, in the order of `ROWS`."""
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        result = Result(**json.loads(line))
        found[result.row] = result
    return {row: found[row] for row in ROWS if row in found}


def commit(checkout: Path) -> str:
    """The commit of a checkout, with `+` if its files differ from it."""
    words = ["git", "-C", str(checkout), "describe", "--always", "--exclude=*", "--dirty=+"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
