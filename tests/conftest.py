"""Tests run with a temporary HOME, never the user's, and compare the complete output of a command line."""

import io
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.cli.main import main
from mlopsctl.core.paths import default_home
from tests import xdist_order as workers

REAL_HOME = default_home()
FOREIGN = ("MLOPSCTL", "AIRFLOW", "NO_COLOR", "FORCE_COLOR", "CI", "COLUMNS", "LINES")
SLOW = "contacting the platform …\n"  # what a command may write first on a busy machine
TERMINAL = {"COLUMNS": "80", "LINES": "24", "NO_COLOR": "1"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-versions", action="store_true", help="tests/live/test_releases.py: on all releases")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=workers.order)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return workers.scheduler(config, log)


@dataclass(frozen=True)
class Ran:
    """The result of a command line."""

    code: int
    out: str
    err: str


def trace_of(home: Path) -> tuple[float, ...]:
    """The times that change when something writes into a home."""
    return tuple(p.stat().st_mtime for p in (home, home / "config.toml", home / "secrets") if p.exists())


@pytest.fixture(scope="session", autouse=True)
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A temporary HOME and default home for the session. Fails if a test has changed the real one."""
    folder, before = tmp_path_factory.mktemp("home"), trace_of(REAL_HOME)
    cache = os.environ.get("UV_CACHE_DIR") or str(Path.home() / ".cache/uv")  # keep downloaded packages
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(FOREIGN)]:
            patch.delenv(name)
        patch.setenv("HOME", str(folder))
        patch.setenv("UV_CACHE_DIR", cache)
        patch.setenv("MLOPSCTL_HOME", str(folder / "default"))  # for the processes that tests start
        for module in ("mlopsctl.core.paths", "mlopsctl.cli._common.app"):
            patch.setattr(f"{module}.default_home", lambda: folder / "default")
        yield folder
    assert trace_of(REAL_HOME) == before, f"a test wrote into {REAL_HOME}"


def run_cli(*words: str | Path, env: Mapping[str, str] | None = None, stdin: str = "", timeout: float = 60) -> Ran:
    """Run `mlopsctl WORDS` in its own process, 80 × 24, without color and without a terminal."""
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


def call_cli(*words: str | Path, env: Mapping[str, str] | None = None) -> Ran:
    """As `run_cli`, but in this process, which saves 0.3 s. For commands that leave nothing behind in it."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name, value in {**TERMINAL, **(env or {})}.items():
            patch.setenv(name, value)
        patch.setattr("sys.stdin", io.StringIO())
        with pytest.raises(SystemExit) as exit_:
            main([*map(str, words)])
    assert isinstance(exit_.value.code, int)
    return Ran(exit_.value.code, out.getvalue(), err.getvalue().removeprefix(SLOW))


@pytest.fixture
def no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing sets uv's package index or a proxy."""
    for name in list(os.environ):
        if name.startswith("UV_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("UV_NO_CONFIG", "1")


@pytest.fixture
def cli() -> Callable[..., Ran]:
    return run_cli


def screen(text: str) -> str:
    """A screen as written in a test: without indentation and the first line break."""
    return textwrap.dedent(text).removeprefix("\n")
