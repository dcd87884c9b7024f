"""Modules are tried in a child process, each kind of module that must not be preloaded with its reason."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow.programs import SCRIPTS

LIMITS = {"trusted": [], "seconds": 0.4, "mb": 100, "env": {}}
HARMFUL = {
    "raises_case": ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
    "exits_case": ("raise SystemExit(3)", "SystemExit: 3"),
    "ends_case": ("import os; os._exit(3)", "its import ended the process (exit 3)"),
    "is_killed_case": ("import os; os.kill(os.getpid(), 9)", "its import ended the process (signal 9)"),
    "thread_case": (
        "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()",
        "its import starts threads",
    ),
    "process_case": (
        "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)",
        "its import starts processes",
    ),
    "file_case": ("log = open(__file__)", "its import leaves files or sockets open"),
    "socket_case": ("import socket; s = socket.socket()", "its import leaves files or sockets open"),
    "handler_case": ("import signal; signal.signal(signal.SIGUSR1, print)", "its import changes signal handlers"),
    "spawn_case": (
        "import multiprocessing; multiprocessing.set_start_method('spawn')",
        "its import changes how processes are started",
    ),
    "logging_case": ("import logging; logging.basicConfig()", "its import changes the log handlers"),
    "timeout_case": ("import socket; socket.setdefaulttimeout(1)", "its import changes the time limit of sockets"),
    "folder_case": ("import os; os.chdir('/')", "its import changes the working directory"),
    "path_case": ("import sys; sys.path.insert(0, '/x')", "its import changes the module search path"),
    "memory_case": ("held = bytearray(200 * 2**20)", "it takes 200 MB of memory"),
    "cpu_case": (
        "from time import process_time as now; end = now() + 0.6\nwhile now() < end: pass",
        "its import takes 1 s of CPU time",
    ),
}


def tried(folder: Path, files: dict[str, str], **request: Any) -> dict[str, Any]:
    """What the script answers for modules with this content."""
    for name, source in files.items():
        folder.joinpath(f"{name}.py").write_text(source)
    done = subprocess.run(
        [sys.executable, SCRIPTS / "try_modules.py"],
        input=json.dumps(LIMITS | {"modules": list(files)} | request),
        env={"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_harmful_modules_are_left_out_and_the_others_kept(tmp_path: Path) -> None:
    harmful = {name: source for name, (source, _) in HARMFUL.items()}
    answer = tried(tmp_path, {"first": "", **harmful, "last": "print('hello')"})
    assert answer["modules"] == ["first", "last"]
    assert answer["left_out"] == {name: reason for name, (_, reason) in HARMFUL.items()}


def test_time_that_only_the_first_import_takes_does_not_count(tmp_path: Path) -> None:
    compile_once = """
from pathlib import Path
from time import process_time as now
compiled, end = Path(__file__).with_suffix(".compiled"), now() + 0.6
while not compiled.exists() and now() < end:
    pass
compiled.touch()
"""
    assert tried(tmp_path, {"compiles": compile_once}) == {"modules": ["compiles"], "left_out": {}}


def test_a_module_that_never_ends_is_killed(tmp_path: Path) -> None:
    answer = tried(tmp_path, {"waits": "import threading; threading.Event().wait()", "good": ""}, seconds=0.05)
    assert answer == {"modules": ["good"], "left_out": {"waits": "its import did not end within 1 s"}}


def test_threads_that_end_before_a_fork_are_harmless(tmp_path: Path) -> None:
    pytest.importorskip("numpy")  # OpenBLAS's threads
    assert tried(tmp_path, {"uses_numpy": "import numpy"})["modules"] == ["uses_numpy"]


def test_of_airflows_own_modules_only_the_failure_counts(tmp_path: Path) -> None:
    answer = tried(tmp_path, {"own": "import logging; logging.basicConfig()"}, trusted=["own", "missing"], modules=[])
    assert answer["modules"] == ["own"]
    assert answer["left_out"] == {"missing": "ModuleNotFoundError: No module named 'missing'"}


def test_variables_are_set_for_the_imports(tmp_path: Path) -> None:
    source = "import os; assert os.environ['ALLOCATOR'] == 'quiet'"
    assert tried(tmp_path, {"reads": source}, env={"ALLOCATOR": "quiet"})["modules"] == ["reads"]


def test_a_function_is_tried_like_a_module(tmp_path: Path) -> None:
    source = "def good(): pass\ndef bad(): raise RuntimeError('no plugin')\n"
    answer = tried(tmp_path, {"calls": source}, modules=["calls:good", "calls:bad"])
    assert answer == {"modules": ["calls:good"], "left_out": {"calls:bad": "RuntimeError: no plugin"}}
