"""The garbage collector runs seldom until a component has started."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from mlopsctl.adapters.airflow.programs import NO_SCRIPT_FOLDER, SCRIPTS

AT_START, USUAL = 50_000, 700

# Instead of Airflow: what the collector is set to, at first and in a forked process and afterwards.
FORKING = """
import gc, json, os
seen = [gc.get_threshold()[0]]
for _ in range(2):
    reader, writer = os.pipe()
    if not os.fork():
        os.write(writer, str(gc.get_threshold()[0]).encode())
        os._exit(0)
    seen += [int(os.read(reader, 10)), gc.get_threshold()[0]]
def main():
    print(json.dumps({"seen": seen, "ignored": gc.get_freeze_count() > 1000}))
"""
SERVING = """
import asyncio, gc, json, sys
import uvicorn
sys.modules["garbage_collector"].LISTENING = 0
async def serve(server):
    await server.startup(sockets=3)
    seen = [gc.get_threshold()[0]]
    await asyncio.sleep(0.001)
    return [*seen, gc.get_threshold()[0]]
def main():
    server = uvicorn.Server()
    print(json.dumps({"seen": asyncio.run(serve(server)), "sockets": server.sockets}))
"""
UVICORN = """
class Server:
    async def startup(self, sockets=None):
        self.sockets = sockets
"""


def start(folder: Path, component: str, airflow: str) -> Any:
    (folder / "airflow").mkdir()
    (folder / "airflow" / "__init__.py").touch()
    (folder / "airflow" / "__main__.py").write_text(airflow)
    (folder / "uvicorn.py").write_text(UVICORN)
    done = subprocess.run(
        [sys.executable, *NO_SCRIPT_FOLDER, SCRIPTS / "preload.py", folder, component],
        env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_it_runs_as_usual_from_the_first_fork_on_but_seldom_in_forked_processes(tmp_path: Path) -> None:
    shown = start(tmp_path, "triggerer", FORKING)
    assert shown == {"seen": [AT_START, AT_START, USUAL, AT_START, USUAL], "ignored": True}


def test_objects_that_airflow_ignores_already_change_nothing(tmp_path: Path) -> None:
    """The dag-processor freezes its objects before it forks."""
    shown = start(tmp_path, "dag-processor", f"import gc\ngc.freeze()\n{FORKING}")
    assert shown == {"seen": [AT_START, AT_START, USUAL, AT_START, USUAL], "ignored": True}


def test_it_runs_as_usual_once_the_api_server_listens(tmp_path: Path) -> None:
    assert start(tmp_path, "api-server", SERVING) == {"seen": [AT_START, USUAL], "sockets": 3}
