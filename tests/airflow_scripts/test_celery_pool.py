"""The processes of a Celery worker share its memory, and it starts no others that do nothing."""

import gc
import importlib
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from mlopsctl.adapters.airflow.programs import SCRIPTS


class Signal:
    def __init__(self, *receivers: Any) -> None:
        self.receivers = list(receivers)

    def connect(self, receiver: Any, weak: bool) -> None:
        self.receivers.append(receiver)

    def disconnect(self, receiver: Any) -> None:
        self.receivers = [other for other in self.receivers if other is not receiver]


@pytest.fixture
def celery(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Instead of Celery and Airflow's provider: as far as the script changes them."""
    utils = SimpleNamespace(on_celery_worker_ready=gc.unfreeze)
    signals = SimpleNamespace(worker_ready=Signal(utils.on_celery_worker_ready), worker_process_init=Signal())
    command = SimpleNamespace(_run_stale_bundle_cleanup=lambda: pytest.fail("a process is started"))
    util = SimpleNamespace(get_pdeathsig=lambda: 0)
    modules: dict[str, Any] = {"celery.signals": signals, "billiard.util": util, "airflow.configuration": None}
    folder = "airflow.providers.celery"
    modules |= {f"{folder}.executors.celery_executor_utils": utils, f"{folder}.cli.celery_command": command}
    for name, module in modules.items():
        parts = name.split(".")
        for end in range(1, len(parts)):
            monkeypatch.setitem(sys.modules, ".".join(parts[:end]), ModuleType(parts[end - 1]))
        monkeypatch.setitem(sys.modules, name, module)
    return SimpleNamespace(signals=signals, command=command, utils=utils)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, celery: SimpleNamespace) -> Any:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    for name in ("celery_pool", "garbage_collector"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("celery_pool")


def set_bundles(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    conf = SimpleNamespace(getjson=lambda *_: [{"name": "dags", "classpath": f"airflow.bundles.{kind}"}])
    monkeypatch.setitem(sys.modules, "airflow.configuration", SimpleNamespace(conf=conf))


def test_what_was_there_before_the_fork_stays_frozen(script: Any, celery: SimpleNamespace) -> None:
    script.share_memory()
    assert celery.signals.worker_ready.receivers == []
    before = gc.get_threshold()
    try:
        gc.set_threshold(50_000)
        (in_each_process,) = celery.signals.worker_process_init.receivers
        in_each_process(sender=None)
        assert gc.get_threshold() == script.USUAL
    finally:
        gc.set_threshold(*before)


def test_a_folder_of_dag_files_has_no_versions_to_remove(
    script: Any, celery: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_bundles(monkeypatch, "LocalDagBundle")
    script.keep_bundles()
    with celery.command._run_stale_bundle_cleanup():
        pass


def test_versions_of_another_bundle_are_removed(
    script: Any, celery: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    airflows = celery.command._run_stale_bundle_cleanup
    set_bundles(monkeypatch, "GitDagBundle")
    script.keep_bundles()
    assert celery.command._run_stale_bundle_cleanup is airflows
