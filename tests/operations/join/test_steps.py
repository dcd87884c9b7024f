"""How a host joins, killed at any moment. Real hosts are in tests/live."""

import configparser
import json
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partialmethod
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters import process, python_finder
from mlopsctl.adapters.files import read_secret
from mlopsctl.adapters.head import client
from mlopsctl.adapters.tls.authority import read_certificate
from mlopsctl.adapters.venv import Venv
from mlopsctl.core import settings
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.operations import step_runner
from mlopsctl.operations.join import steps
from mlopsctl.operations.join.steps import ConfigureStep, FetchStep, InstallStep, Joining, JoinStep, StartStep
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import lifecycle
from mlopsctl.operations.setup import system_requirements
from mlopsctl.operations.workers import host, membership
from mlopsctl.operations.workers.registry import Registry
from tests.fake_clock import FakeClock
from tests.operations.workers.conftest import WorkerHost


class Killed(BaseException):
    """The process ends here."""


def test_a_host_that_joins_has_all_that_the_head_grants(new_host: WorkerHost) -> None:
    step = JoinStep(new_host.joining)
    assert step.todo()
    list(step.do())
    joined = membership.load(new_host.home)
    assert (joined.name, joined.queues, joined.python) == ("w1", ("gpu",), "3.11")
    stored = settings.load(new_host.home.config)
    assert (stored.head, stored.worker_slots, stored.worker_queues) == ("10.0.0.1:8443", 2, ("gpu",))
    assert stored.airflow_version == new_host.head.settings.airflow_version and stored.has_workers
    own = host.identity(new_host.home)
    assert read_certificate(own.certificate.read_bytes()).name == "w1"
    assert own.authority.read_bytes() == (new_host.head.home.authority / "ca.crt").read_bytes()
    assert step.todo() == "" and step.detail() == "10.0.0.1:8443, as w1"


def test_what_is_secret_is_private(worker_host: WorkerHost) -> None:
    files = [path for path in worker_host.home.secrets.rglob("*") if path.is_file()]
    assert len(files) >= 4 and {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(worker_host.home.secrets.stat().st_mode) == 0o700
    assert stat.S_IMODE(worker_host.home.airflow_cfg.stat().st_mode) == 0o600  # the password of the broker


def test_its_own_queues_come_before_those_of_the_token(new_host: WorkerHost) -> None:
    list(JoinStep(replace(new_host.joining, queues=("fast", "gpu"))).do())
    assert settings.load(new_host.home.config).worker_queues == ("fast", "gpu")


@pytest.mark.parametrize("moment", ["before the head", "after the head", "before the end"])
def test_a_join_that_was_killed_is_finished_by_the_same_command(
    new_host: WorkerHost, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """The token is used up as soon as the head has accepted the host."""

    def killed(*args: Any) -> Any:
        if moment == "after the head":
            new_host.join(*args)
        raise Killed

    target = (membership, "save") if moment == "before the end" else (client, "join")
    with monkeypatch.context() as patched:
        patched.setattr(*target, killed)
        with pytest.raises(Killed):
            list(JoinStep(new_host.joining).do())
    step = JoinStep(new_host.joining)
    assert step.todo()
    list(step.do())
    own = host.identity(new_host.home)
    assert Registry(new_host.head.home).authenticate(membership.load(new_host.home).token)
    certificate = new_host.head.home.authority / "hosts/w1.crt"
    assert read_certificate(own.certificate.read_bytes()) == read_certificate(certificate.read_bytes())


def test_its_airflow_has_no_key_and_no_metadata(worker_host: WorkerHost) -> None:
    cfg = configparser.RawConfigParser()
    cfg.read(worker_host.home.airflow_cfg)
    assert not cfg.has_section("database") and not cfg.has_section("api_auth")
    assert not cfg.has_option("core", "fernet_key") and not cfg.has_option("api", "secret_key")
    assert cfg["core"]["executor"] == "CeleryExecutor,LocalExecutor", "the same list as on the head"
    password = read_secret(worker_host.head.home.secret("redis-celery-password"))
    assert cfg["celery"]["broker_url"] == f"redis://celery:{password}@127.0.0.1:16379/0"
    assert cfg["celery"]["worker_concurrency"] == "2"


def test_a_tunnel_leads_to_each_service_of_the_head(worker_host: WorkerHost) -> None:
    conf = worker_host.home.tunnel_conf.read_text()
    assert {line for line in conf.splitlines() if line.startswith("[")} == {
        "[api]",
        "[mariadb]",
        "[redis]",
        "[workers]",
    }
    assert conf.count("connect = 10.0.0.1:8443\n") == conf.count("verifyChain = yes\ncheckHost = head\n") == 4


@pytest.mark.parametrize(("slots", "queues"), [(8, ()), (None, ("fast",))])
def test_another_number_of_slots_or_queue_is_a_change(
    worker_host: WorkerHost, slots: int | None, queues: tuple[str, ...]
) -> None:
    assert ConfigureStep(worker_host.joining).todo() == ""
    step = ConfigureStep(replace(worker_host.joining, token=None, slots=slots, queues=queues))
    assert step.todo()
    list(step.do())
    stored = settings.load(worker_host.home.config)
    assert (stored.worker_slots, stored.worker_queues) == (slots or 2, queues or ("gpu",))
    assert f"worker_concurrency = {slots or 2}\n" in worker_host.home.airflow_cfg.read_text()
    assert step.todo() == ""


class Uv:
    """Records what is installed. `fails`: in the middle."""

    def __init__(self) -> None:
        self.installed: list[list[str]] = []
        self.fails = False

    def create(self, venv: Venv, python: str) -> None:
        venv.python.parent.mkdir(parents=True)
        venv.python.touch()

    def install(self, venv: Venv, requirements: Sequence[str], constraints: Path, *, offline: bool) -> Iterator[str]:
        self.installed.append(list(requirements))
        assert constraints.read_text().split() == list(requirements), "no other version can be taken"
        venv.record_path.unlink(missing_ok=True)
        yield "installed"
        if self.fails:
            raise Killed


def _call(venv: Venv, method: Callable[..., object], *args: object, **named: object) -> object:
    return method(venv, *args, **named)


@pytest.fixture
def uv(monkeypatch: pytest.MonkeyPatch) -> Uv:
    fake = Uv()
    for method in (fake.create, fake.install):
        monkeypatch.setattr(Venv, method.__name__, partialmethod(_call, method))
    monkeypatch.setattr(python_finder, "find", lambda *_: ("/usr/bin/python3.11", "3.11"))
    monkeypatch.setattr(system_requirements, "build_packages_for", lambda *_: [])
    return fake


def test_the_packages_of_the_head_are_installed_once(worker_host: WorkerHost, uv: Uv) -> None:
    step = InstallStep(worker_host.joining)
    for _ in range(2):
        if step.todo():
            list(step.do())
    assert uv.installed == [["apache-airflow==3.3.2", "pandas==2.3.3"]]
    record = worker_host.platform.venv.record()
    assert record and (record.airflow_version, record.python) == ("3.3.2", "3.11")


def test_an_installation_that_was_killed_is_done_again(worker_host: WorkerHost, uv: Uv) -> None:
    step, uv.fails = InstallStep(worker_host.joining), True
    with pytest.raises(Killed):
        list(step.do())
    assert step.todo()
    uv.fails = False
    list(step.do())
    assert step.todo() == "" and len(uv.installed) == 2


def test_other_packages_of_the_head_are_installed(worker_host: WorkerHost, uv: Uv) -> None:
    step = InstallStep(worker_host.joining)
    list(step.do())
    joined = membership.load(worker_host.home)
    membership.save(worker_host.home, replace(joined, packages=("apache-airflow==3.3.3",)))
    assert step.todo()
    list(step.do())
    assert uv.installed[-1] == ["apache-airflow==3.3.3"]


class Nothing:
    """A service that runs."""

    name, error, detail = "tunnel", None, ""

    def todo(self) -> str:
        return ""

    def do(self) -> Iterator[str]:
        yield "starting"


@pytest.fixture
def _services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "start_supervisor", lambda _: None)
    monkeypatch.setattr(steps, "start_steps", lambda *_: [Nothing()])
    monkeypatch.setattr(step_runner, "run", lambda _: [])


@pytest.mark.usefixtures("_services")
def test_dag_files_are_fetched_before_the_worker_starts(
    worker_host: WorkerHost, head_client: object, platform: Platform
) -> None:
    (platform.home.dags / "daily.py").write_text("x = 1\n")
    step = FetchStep(worker_host.joining)
    assert step.todo()
    list(step.do())
    assert (worker_host.home.dags / "daily.py").read_text() == "x = 1\n" and step.todo() == ""


def agent_says(worker_host: WorkerHost, ready: bool, reported: float) -> None:
    content = {"ready": ready, "reported": reported, "wanted": None, "ordered": 0.0, "problem": ""}
    worker_host.home.agent_state.write_text(json.dumps(content))


@pytest.mark.usefixtures("_services")
def test_it_waits_until_the_head_has_seen_the_worker_ready(worker_host: WorkerHost) -> None:
    started, clock = worker_host.services.start_time("worker"), FakeClock()
    agent_says(worker_host, True, started - 1)  # of a worker before
    clock.after(5, agent_says, worker_host, False, started + 5)
    clock.after(9, agent_says, worker_host, True, started + 9)
    step = StartStep(worker_host.joining, clock=clock)
    assert step.todo()
    list(step.do())
    assert 9 <= clock.now < 10


@pytest.mark.usefixtures("_services")
@pytest.mark.parametrize("reports", [None, False])
def test_a_worker_that_does_not_become_ready_is_an_error(worker_host: WorkerHost, reports: bool | None) -> None:
    if reports is not None:
        agent_says(worker_host, reports, 10**10)
    step = StartStep(worker_host.joining, clock=FakeClock())
    with pytest.raises(MlopsctlError) as raised:
        list(step.do())
    assert (raised.value.code, raised.value.hint.command) == ("not-ready", ("logs", "agent"))


@pytest.fixture
def _stunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "find_program", lambda name: f"/usr/bin/{name}")


@pytest.mark.usefixtures("_stunnel")
def test_only_what_can_succeed_is_begun(new_host: WorkerHost, platform: Platform, tmp_path: Path) -> None:
    good = new_host.joining
    steps.check(good)
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.txt").touch()
    (platform.home.config).write_text("")
    platform.home.airflow_cfg.touch()
    refused: list[tuple[Joining, type[MlopsctlError]]] = [
        (replace(good, token=None), UsageError),
        (replace(good, name="../w1"), UsageError),
        (replace(good, queues=("head",)), UsageError),
        (replace(good, home=platform.home), MlopsctlError),
        (replace(good, home=replace(good.home, root=full)), MlopsctlError),
    ]
    for joining, error in refused:
        with pytest.raises(error) as raised:
            steps.check(joining)
        assert raised.value.hint
    assert not new_host.home.root.exists()


@pytest.mark.usefixtures("_stunnel")
def test_a_host_cannot_join_a_second_head(worker_host: WorkerHost) -> None:
    same = worker_host.joining
    steps.check(same)
    steps.check(replace(same, token=None))
    assert same.token
    for other in (replace(same, name="w2"), replace(same, token=replace(same.token, host="10.0.0.9"))):
        with pytest.raises(MlopsctlError) as raised:
            steps.check(other)
        assert raised.value.code == "joined"


def test_a_missing_program_is_named_with_its_package(new_host: WorkerHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "find_program", lambda _: None)
    with pytest.raises(MlopsctlError) as raised:
        steps.check(new_host.joining)
    assert "stunnel4" in raised.value.hint.line
