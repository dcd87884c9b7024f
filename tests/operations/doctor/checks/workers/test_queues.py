import pytest

from mlopsctl.adapters.airflow.metadb.client import MetadataDatabase
from mlopsctl.core.workers import TasksOfQueue, Wanted
from mlopsctl.operations.doctor.context import DoctorContext
from mlopsctl.operations.workers.registry import Registry
from tests.operations.doctor.checks.workers.conftest import Head
from tests.operations.doctor.contexts import findings, is_ok


@pytest.fixture(autouse=True)
def _waiting(monkeypatch: pytest.MonkeyPatch, _running: None) -> None:
    """Three tasks wait in the queue gpu."""
    found = [TasksOfQueue("gpu", 3, 0, 90.0)]
    monkeypatch.setattr(MetadataDatabase, "tasks_of_queues", lambda _: found)
    monkeypatch.setattr(DoctorContext, "require_secrets", lambda *_: None)


def test_queue_without_a_worker(joined_head: Head) -> None:
    joined_head.home.dags.mkdir(parents=True)
    joined_head.add("w1")
    (finding,) = findings("queues", joined_head.home.root)
    assert "3 tasks wait in the queue gpu, the first for 1 min 30 s" in finding.message
    assert finding.hint.command == ("worker", "token", "--queues", "gpu")


@pytest.mark.parametrize(
    ("ready", "wanted", "hint"),
    [
        (True, Wanted.RUN, ""),
        (False, Wanted.RUN, ""),  # it starts
        (False, Wanted.DRAIN, "mlopsctl worker start w1"),
        (False, Wanted.STOP, "mlopsctl start   # on w1"),
    ],
)
def test_queue_of_a_host(ready: bool, wanted: Wanted, hint: str, joined_head: Head) -> None:
    joined_head.home.dags.mkdir(parents=True)
    joined_head.add("w1", queues=("gpu",), ready=ready, running=ready or wanted is Wanted.RUN)
    Registry(joined_head.home).want("w1", wanted)
    if not hint:
        assert is_ok("queues", joined_head.home.root)
        return
    (finding,) = findings("queues", joined_head.home.root)
    assert finding.hint.text() == hint
