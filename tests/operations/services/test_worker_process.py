import json
from pathlib import Path

import pytest

from mlopsctl.core.paths import Home
from mlopsctl.operations.services import worker_process
from tests.operations.workers.conftest import Services

PID = 7  # of the worker, as supervisord says


@pytest.mark.parametrize(
    ("text", "ready"),
    [
        (json.dumps({"pid": PID, "state": "ready"}), True),
        (json.dumps({"pid": PID, "state": "starting"}), False),
        (json.dumps({"pid": PID, "state": "ending"}), False),
        (json.dumps({"pid": PID + 1, "state": "ready"}), False),  # of a worker before
        ("", False),
        ("{", False),
    ],
)
def test_a_worker_is_ready_when_the_running_process_says_so(tmp_path: Path, text: str, ready: bool) -> None:
    home = Home(tmp_path)
    home.run.mkdir()
    home.worker_state.write_text(text)
    assert worker_process.is_ready(home, Services(home, "worker")) is ready
    assert not worker_process.is_ready(home, Services(home)), "its file is there, but no process"


def test_a_worker_that_has_never_run_is_not_ready(tmp_path: Path) -> None:
    assert not worker_process.is_ready(Home(tmp_path), Services(Home(tmp_path), "worker"))
