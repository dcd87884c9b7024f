"""Run by supervisord instead of the scheduler: `end_orphans.py HOME COMMAND…` kills what a killed scheduler of this
home left behind, its workers and their tasks, and then executes COMMAND."""

import os
import sys
from pathlib import Path

from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.paths import Home


def main(home: str, *command: str) -> None:
    Supervisor(Home(Path(home))).end_orphans()
    os.execv(command[0], command)  # noqa: S606  # no shell is wanted here


main(*sys.argv[1:])
