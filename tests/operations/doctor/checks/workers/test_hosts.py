import json
import time
from pathlib import Path

import pytest

from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.states import ServiceState
from mlopsctl.core.workers import Wanted
from mlopsctl.operations.doctor.checks.workers import hosts
from mlopsctl.operations.doctor.context import DoctorContext
from mlopsctl.operations.workers.dag_files import DagFiles
from mlopsctl.operations.workers.registry import Registry
from tests.operations.doctor.checks.workers.conftest import Head
from tests.operations.doctor.contexts import doctor_context, findings, is_ok, outcome


def age(path: Path, seconds: float) -> None:
    """As if the host had reported so many seconds earlier."""
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"reported": content["reported"] - seconds}))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch, _running: None) -> None:
    monkeypatch.setattr(hosts, "FETCH", 0.0)


def test_host_that_reports_is_ok(joined_head: Head) -> None:
    joined_head.add("w1")
    assert is_ok("worker-hosts", joined_head.home.root) and is_ok("worker-clocks", joined_head.home.root)


def test_host_that_is_silent(joined_head: Head) -> None:
    joined_head.add("w1")
    age(joined_head.home.workers / "w1/report.json", 3600)
    age_of_joining = joined_head.home.workers / "w1/host.json"
    content = json.loads(age_of_joining.read_text())
    age_of_joining.write_text(json.dumps(content | {"joined": content["joined"] - 7200}))
    (finding,) = findings("worker-hosts", joined_head.home.root)
    assert "w1 has sent no report for 1 h" in finding.message
    assert finding.hint.other == ("worker", "remove", "w1")
    Registry(joined_head.home).want("w1", Wanted.STOP)
    assert is_ok("worker-hosts", joined_head.home.root)


def test_hosts_have_time_to_report(joined_head: Head, monkeypatch: pytest.MonkeyPatch) -> None:
    states = {name: ServiceStatus(name, ServiceState.RUNNING, 1, 3, None) for name in hosts.WAY}
    monkeypatch.setattr(DoctorContext, "service_states", states)
    assert outcome("worker-hosts", joined_head.home.root) == ("skipped", "hosts can report only since 3 s")


def test_worker_that_does_not_become_ready(joined_head: Head) -> None:
    joined_head.add("w1", ready=False)
    assert is_ok("worker-hosts", joined_head.home.root)
    joined_head.add("w2", ready=False, started=time.time() - 600)
    (finding,) = findings("worker-hosts", joined_head.home.root)
    assert "on w2 was started 10 min" in finding.message


@pytest.mark.parametrize(("seconds", "words"), [(60, "60 s ahead of"), (-30, "30 s behind")])
def test_clock_that_differs(seconds: float, words: str, joined_head: Head) -> None:
    joined_head.add("w1", clock=time.time() + seconds)
    _, message = outcome("worker-clocks", joined_head.home.root)
    assert words in message


def test_versions_and_executors_that_differ(joined_head: Head) -> None:
    home = joined_head.home
    home.python.parent.mkdir(parents=True)
    home.python.touch()
    doctor_context(home.root).platform.venv.write_record(InstallRecord("3.3.2", "3.11", "bundled", ""))
    home.airflow_cfg.parent.mkdir()
    home.airflow_cfg.write_text("[core]\nexecutor = CeleryExecutor,LocalExecutor\n")
    joined_head.add("w1", executors="CeleryExecutor,LocalExecutor")
    joined_head.add("w2")  # of an older mlopsctl, which does not say
    assert is_ok("worker-versions", home.root)
    joined_head.add("w3", version="3.3.1")
    joined_head.add("w4", executors="CeleryExecutor")
    found = findings("worker-versions", home.root)
    assert ["w3 has Airflow 3.3.1" in found[0].message, "w4 has the executors" in found[1].message] == [True, True]
    joined_head.add("w5", mlopsctl="0.0.1")
    joined_head.add("w6", problem="no route to the index.")
    found = findings("worker-versions", home.root)[2:]
    assert ["w5 has mlopsctl 0.0.1" in found[0].message, "no route" in found[1].message] == [True, True]


def test_dag_files_that_are_not_fetched(joined_head: Head) -> None:
    joined_head.home.dags.mkdir(parents=True)
    revision = DagFiles(joined_head.home.dags).revision()
    joined_head.add("w1", dags_revision=revision)
    assert is_ok("worker-dags", joined_head.home.root)
    (joined_head.home.dags / "new.py").write_text("import airflow\n")
    (finding,) = findings("worker-dags", joined_head.home.root)
    assert finding.message.startswith(f"w1 has the DAG files of revision {revision}") and finding.key == "w1"
    age(joined_head.home.workers / "w1/report.json", 3600)  # it was stopped
    content = json.loads((joined_head.home.workers / "w1/host.json").read_text())
    (joined_head.home.workers / "w1/host.json").write_text(json.dumps(content | {"joined": 0.0}))
    assert is_ok("worker-dags", joined_head.home.root)
