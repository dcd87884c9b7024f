"""On which machines tasks that share files can run."""

import pytest
from support import files


def test_tasks_that_need_the_home_run_on_the_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPSCTL_HEAD_QUEUE", "head")
    assert files.on_head() == {"queue": "head"}


def test_without_workers_tasks_keep_their_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLOPSCTL_HEAD_QUEUE", raising=False)
    assert files.on_head() == {}
