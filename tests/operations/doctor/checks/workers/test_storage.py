import pytest

from mlopsctl.adapters.airflow.metadb.client import MetadataDatabase
from mlopsctl.core.states import Verdict
from mlopsctl.operations.doctor.context import DoctorContext
from mlopsctl.operations.storage import reach
from tests.operations.doctor.checks.workers.conftest import Head
from tests.operations.doctor.contexts import findings, is_ok, outcome, verdicts


@pytest.fixture(autouse=True)
def _pinned(monkeypatch: pytest.MonkeyPatch, _running: None) -> None:
    """Six DAGs have tasks for the queue of the head."""
    monkeypatch.setattr(MetadataDatabase, "dags_of_queue", lambda *_: [f"d{n}" for n in range(6)])
    monkeypatch.setattr(DoctorContext, "require_secrets", lambda *_: None)


def use_storage(head: Head, url: str) -> None:
    with head.home.config.open("a") as config:
        config.write(f'storage = "{url}"\n')


def test_tasks_that_stay_on_the_head_are_named(joined_head: Head) -> None:
    assert verdicts("files-on-head", joined_head.home.root) == [Verdict.SKIPPED]
    joined_head.add("w1")
    verdict, message = outcome("files-on-head", joined_head.home.root)
    assert verdict is Verdict.SKIPPED
    assert "tasks of d0, d1, d2, d3, d4 and 1 more run on the head only" in message
    assert "setup --storage" in message


def test_with_a_storage_nothing_has_to_stay(joined_head: Head) -> None:
    joined_head.add("w1")
    use_storage(joined_head, "s3://bucket")
    assert is_ok("files-on-head", joined_head.home.root)


def test_a_storage_that_is_not_mounted(joined_head: Head) -> None:
    shared = joined_head.home.root.parent / "shared"
    use_storage(joined_head, f"file://{shared}")
    (finding,) = findings("storage", joined_head.home.root)
    assert "does not exist" in finding.message
    shared.mkdir()
    (finding,) = findings("storage", joined_head.home.root)
    assert "is not the storage of this platform" in finding.message
    reach.mark(shared)
    assert is_ok("storage", joined_head.home.root)
