import pytest

from mlopsctl.adapters.head.client import HeadClient
from mlopsctl.core.errors import Unavailable
from mlopsctl.operations.doctor.checks.workers import head_connection
from tests.operations.doctor.checks.workers.conftest import WorkerHost
from tests.operations.doctor.contexts import findings, is_ok, outcome, verdicts


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch, _running: None) -> None:
    monkeypatch.setattr(head_connection, "FETCH", 0.0)


def test_dag_files_that_are_not_those_of_the_head(worker_host: WorkerHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HeadClient, "revision", lambda _: "abc")
    assert is_ok("head", worker_host.home.root)
    _, message = outcome("dag-revision", worker_host.home.root)
    assert message == "this host has the DAG files of revision none, and the head those of abc."
    worker_host.home.dags.symlink_to(worker_host.home.dag_revisions / "abc")
    assert is_ok("dag-revision", worker_host.home.root)


def test_head_that_does_not_answer(worker_host: WorkerHost, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: HeadClient) -> str:
        raise Unavailable("the head does not answer: no.", hint="x")

    monkeypatch.setattr(HeadClient, "revision", fail)
    (finding,) = findings("head", worker_host.home.root)
    assert finding.message == "the head does not answer: no."
    assert verdicts("dag-revision", worker_host.home.root) == ["skipped"]
