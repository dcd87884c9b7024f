"""Run by supervisord in place of the scheduler: `end_orphans.py HOME COMMAND…` ends what a scheduler that was killed
has left behind in this home, its workers and their tasks, and then becomes COMMAND."""

import os
import sys
from pathlib import Path

import psutil

from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.paths import Home


def main(home: str, *command: str) -> None:
    for process in Supervisor(Home(Path(home))).orphans():
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    os.execv(command[0], command)  # noqa: S606  # no shell is wanted here


main(*sys.argv[1:])
