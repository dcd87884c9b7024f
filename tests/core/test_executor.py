import subprocess
import sys
import threading
import time
from concurrent.futures import CancelledError, wait

import pytest

from mlopsctl.core.executor import DaemonExecutor


def test_results_and_exceptions_come_through_futures() -> None:
    with DaemonExecutor(2) as pool:
        product, error = pool.submit(lambda a, b: a * b, 6, b=7), pool.submit(int, "x")
        assert product.result(5) == 42
        with pytest.raises(ValueError, match="invalid literal"):
            error.result(5)


def test_no_more_jobs_run_side_by_side_than_there_are_workers() -> None:
    barrier = threading.Barrier(2)
    with DaemonExecutor(2) as pool:
        futures = [pool.submit(barrier.wait, 5) for _ in range(4)]  # a third one at a time would break the barrier
        assert len(wait(futures, 5).done) == 4
        assert sorted(future.result() for future in futures) == [0, 0, 1, 1]


def test_a_job_that_has_not_started_can_be_cancelled() -> None:
    release = threading.Event()
    with DaemonExecutor(1) as pool:
        running, waiting = pool.submit(release.wait, 5), pool.submit(int, "1")
        assert waiting.cancel() and not waiting.running()
        release.set()
        assert running.result(5)
        with pytest.raises(CancelledError):
            waiting.result(5)


def test_the_process_exits_while_a_job_is_running() -> None:
    """As after a second Ctrl-C, while Airflow takes its time to answer."""
    code = "import time; from mlopsctl.core.executor import DaemonExecutor; DaemonExecutor(1).submit(time.sleep, 60)"
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
    assert time.monotonic() - began < 20
