"""The DAGs for beginners, and how fast DAG files are read."""

import json
import subprocess
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mlopsctl.core.paths import Home
from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live

FOLDERS = ("basics", "ml_pipeline", "metadata_to_warehouse", "answersheet")
# The time to read one file, in a fork of a process that has imported Airflow's SDK, as the dag-processor does it. In
# seconds of CPU, the best of three, because other tests run at the same time. A warning is an error.
READ = """
import json, multiprocessing, runpy, sys, time, warnings
import airflow.sdk
import airflow.providers.standard.operators.bash
sys.path.append(sys.argv[1])
def read(file):
    warnings.simplefilter("error")
    start = time.process_time()
    runpy.run_path(file)
    return time.process_time() - start
with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
    print(json.dumps({file: min(pool.map(read, [file] * 3, chunksize=1)) for file in sys.argv[2:]}))
"""


def log_of(platform: LivePlatform, dag_id: str, run_id: str, task: str) -> str:
    folder = platform.home / "airflow" / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task}"
    return "".join(map(Path.read_text, sorted(folder.rglob("*.log"))))


def test_dag_files_are_read_fast_and_without_warnings(platform: LivePlatform) -> None:
    home = Home(platform.home)
    files = [file for name in FOLDERS for file in (home.dags / name).glob("*.py") if "DAG(" in file.read_text("utf-8")]
    assert len(files) == 5
    done = subprocess.run(
        [home.python, "-c", READ, home.dags, *files],
        env={"AIRFLOW_HOME": str(home.airflow), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seconds = json.loads(done.stdout.splitlines()[-1])
    assert {file: took for file, took in seconds.items() if took > 0.3} == {}


def test_hello_world_runs_and_can_be_backfilled(platform: LivePlatform) -> None:
    run = platform.json("trigger", "hello_world", "--unpause", "--wait")["data"]
    assert run["state"] == "success"
    assert "Hello" in log_of(platform, "hello_world", run["run_id"], "say_hello")
    assert "World!" in log_of(platform, "hello_world", run["run_id"], "say_world")
    data = platform.json("backfill", "hello_world", "--from", "2024-01-01", "--to", "2024-01-03", "--yes")["data"]
    assert data["counts"]["success"] == 3
    times = [datetime.fromisoformat(run["logical_date"]) for run in data["runs"]]
    assert times == [datetime(2024, 1, n, 6, tzinfo=ZoneInfo("Asia/Seoul")) for n in (1, 2, 3)]


def test_my_first_dag_logs_the_day_in_utc_and_in_seoul(platform: LivePlatform) -> None:
    words = ("backfill", "my_first_airflow_dag", "--from", "2024-01-02", "--to", "2024-01-03", "--unpause", "--yes")
    runs = platform.json(*words)["data"]["runs"]
    assert [(run["ds"], run["state"]) for run in runs] == [("2024-01-01", "success"), ("2024-01-02", "success")]
    log = log_of(platform, "my_first_airflow_dag", runs[0]["run_id"], "templated")
    assert "ds is 2024-01-01, in Seoul it is 2024-01-02" in log
    assert "4 weeks later: 2024-01-30" in log
    assert "templated: 성공" in log


def test_my_first_dag_runs_without_a_logical_date(platform: LivePlatform) -> None:
    run = platform.json("trigger", "my_first_airflow_dag", "--unpause", "--wait")["data"]
    assert run["state"] == "success"
