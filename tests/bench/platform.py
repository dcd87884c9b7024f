"""A platform for a measurement: a running home, or one that is created and removed afterwards."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mlopsctl.core.paths import Home
from tests.bench.measure import MLOPSCTL, environment, timed
from tests.bench.setup import scratch


def add_options(parser: argparse.ArgumentParser, home: str) -> None:
    """--folder and --home. `home`: what happens in a running one."""
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--folder", type=Path, help="where to create the home")
    target.add_argument("--home", type=Path, help=home)


@contextmanager
def platform(given: argparse.Namespace, setup: Sequence[object]) -> Iterator[Home]:
    """`setup`: its options for a new home."""
    if given.home:
        yield Home(given.home)
        return
    with scratch(given.folder) as inside:
        mlopsctl = [MLOPSCTL, "--home", inside("home")]
        try:
            timed([*mlopsctl, "setup", *setup, "--yes"], environment())
            yield Home(inside("home"))
        finally:
            timed([*mlopsctl, "uninstall", "--purge", "--yes"], environment())
