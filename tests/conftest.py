"""A sealed house: tests see a home of their own, never the user's, and the whole of what a command line says."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.paths import default_home

# The files that take longest, in which order; those of the real stack that are not named come after them. The upgrade
# goes first, before its worker has another platform to feed; the trained model of one file is the next one's.
LONGEST = [
    f"tests/live/test_{name}.py"
    for name in (
        "upgrade", "backfill", "setup", "doctor", "backfills", "ineligible_loan_model_ct", "ineligible_loan_model",
        "databases", "ml_pipeline", "alerts", "dags", "connections", "web_page",
    )
]  # fmt: skip
MODEL = "tests/live/test_ineligible_loan_model"
TOGETHER = {f"{MODEL}.py": f"{MODEL}_ct.py"}  # on one worker
REAL_HOME = default_home()
FOREIGN = ("MLOPSCTL", "AIRFLOW", "NO_COLOR", "FORCE_COLOR", "CI", "COLUMNS", "LINES")
SLOW = "asking the platform …\n"  # what a command may say first, where the machine has much to do
TERMINAL = {"COLUMNS": "80", "LINES": "24", "NO_COLOR": "1"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs no platform first, while none is at work beside it; then the longest: so all workers end together."""

    def place(item: pytest.Item) -> int:
        file = item.nodeid.partition("::")[0]
        return LONGEST.index(file) + 1 if file in LONGEST else len(LONGEST) + 1 if "/live/" in file else 0

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Files in our order, where xdist's own is by their number of tests."""
    if config.getoption("dist") != "loadfile":
        return None
    scheduler: Any = import_module("xdist.scheduler").LoadFileScheduling(config, log)
    file_of = scheduler._split_scope
    scheduler._split_scope = lambda nodeid: TOGETHER.get(file := file_of(nodeid), file)
    config.option.loadscopereorder = False
    return scheduler


@dataclass(frozen=True)
class Ran:
    """What a command line did."""

    code: int
    out: str
    err: str


def trace_of(home: Path) -> tuple[float, ...]:
    """What changes where somebody writes into a home."""
    return tuple(p.stat().st_mtime for p in (home, home / "config.toml", home / "secrets") if p.exists())


@pytest.fixture(scope="session", autouse=True)
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A temporary HOME and a temporary default home for the whole session. Fails where the real one was touched."""
    house, before = tmp_path_factory.mktemp("house"), trace_of(REAL_HOME)
    cache = os.environ.get("UV_CACHE_DIR") or str(Path.home() / ".cache/uv")  # what was fetched once stays fetched
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(FOREIGN)]:
            patch.delenv(name)
        patch.setenv("HOME", str(house))
        patch.setenv("UV_CACHE_DIR", cache)
        patch.setenv("MLOPSCTL_HOME", str(house / "default"))  # for the processes that tests start
        for module in ("mlopsctl.paths", "mlopsctl.cli.app"):
            patch.setattr(f"{module}.default_home", lambda: house / "default")
        yield house
    assert trace_of(REAL_HOME) == before, f"a test wrote into {REAL_HOME}"


def run_cli(*words: str | Path, env: Mapping[str, str] | None = None, stdin: str = "", timeout: float = 60) -> Ran:
    """`mlopsctl WORDS` in a process of its own, on 80 × 24 without colour and without a terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "mlopsctl", *map(str, words)],
        env={**os.environ, **TERMINAL, **(env or {})},
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr.removeprefix(SLOW))


@pytest.fixture
def cli() -> Callable[..., Ran]:
    return run_cli


def screen(text: str) -> str:
    """A whole screen as it is written in a test: without its indentation and its first line break."""
    return textwrap.dedent(text).removeprefix("\n")
