"""The steps of `worker join`, which take a host without Airflow to one that runs tasks of a head."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import mlopsctl
from mlopsctl.adapters import config_file, process, python_finder
from mlopsctl.adapters.airflow.release import RELEASES
from mlopsctl.adapters.files import write, write_bytes
from mlopsctl.adapters.head import client as head_client
from mlopsctl.adapters.supervisor.config import render
from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.core import names
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, poll
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.join_token import JoinToken
from mlopsctl.core.paths import AGENT, TUNNEL, WORKER, Home
from mlopsctl.core.settings import CELERY, Settings
from mlopsctl.core.workers import check_queues
from mlopsctl.operations import step_runner
from mlopsctl.operations.dags.packages import install_packages
from mlopsctl.operations.install_errors import explain
from mlopsctl.operations.join.storage import StorageStep
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import lifecycle
from mlopsctl.operations.services.start_steps import start_steps
from mlopsctl.operations.setup import preflight, system_requirements
from mlopsctl.operations.step_runner import RunnableStep
from mlopsctl.operations.workers import agent_state, host, membership
from mlopsctl.operations.workers.head import DEFAULT_QUEUE, slots

OWN = (TUNNEL, WORKER, AGENT)
READY_TIMEOUT = 60.0  # seconds until the head must have seen the worker ready
POLL_INTERVAL = 0.3
OTHER_HOME = ("--home", "DIR", "worker", "join", "TOKEN")


@dataclass(frozen=True)
class Joining:
    """`token`: not needed any more once the host has joined. `name`: of the host. `slots`, `queues`: None and none keep
    them as they are; at first, there is a slot for each core, and the queues are those of the token. `platform`: that
    of this host, with the settings that it has then."""

    home: Home
    token: JoinToken | None
    name: str
    slots: int | None
    queues: tuple[str, ...]
    platform: Callable[[], Platform]

    @property
    def head(self) -> str:
        """Its address, with the port."""
        return self.token.address if self.token else self.platform().settings.head

    @property
    def settings(self) -> Settings:
        """Of a host that has joined, with the changes that were asked for now."""
        return self.platform().settings.changed(worker_slots=self.slots, worker_queues=self.queues or None)


@dataclass(frozen=True)
class JoinStep:
    """Nothing is asked again if this was done before: the token cannot be used twice."""

    joining: Joining
    name: str = "join"
    needs: Sequence[str] = ()

    def todo(self) -> str:
        return "" if self.joining.home.membership.exists() else f"join {self.joining.head}"

    def do(self) -> Iterator[str]:
        joining = self.joining
        assert joining.token  # noqa: S101  # checked before
        for folder, mode in preflight.folders(joining.home):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)
        yield "asking the head"
        self._save(head_client.join(joining.token, self._request()))

    def _request(self) -> dict[str, Any]:
        return {
            "name": self.joining.name,
            "request": self._certificate_request(),
            "mlopsctl": mlopsctl.__version__,
            "pythons": python_finder.available(RELEASES[-1].pythons),
        }

    def _certificate_request(self) -> str:
        """The same one until the host has joined: if this process is killed after the head has accepted it, the head
        recognises the host by it, and does not take the token for a stolen one."""
        from mlopsctl.adapters.tls.authority import new_request

        own = host.identity(self.joining.home)
        file = own.key.with_name("host.csr")
        if not file.exists():
            key, request = new_request(self.joining.name)
            write_bytes(own.key, key)
            write_bytes(file, request)
        return file.read_text(encoding="ascii")

    def _save(self, answer: dict[str, Any]) -> None:
        """The membership last: without it, this step is done again."""
        home, own = self.joining.home, host.identity(self.joining.home)
        joined = membership.from_answer(self.joining.name, answer)
        write_bytes(own.certificate, answer["certificate"].encode("ascii"))
        write(own.authority, answer["authority"])
        config_file.save(home.config, self._settings(joined), installed=True)
        membership.save(home, joined)

    def _settings(self, joined: membership.Membership) -> Settings:
        return Settings().changed(
            **membership.shared_settings(joined),
            executor=CELERY,
            head=self.joining.head,
            worker_slots=self.joining.slots,
            worker_queues=self.joining.queues or joined.queues,
        )

    def detail(self) -> str:
        return f"{self.joining.head}, as {membership.load(self.joining.home).name}"


@dataclass(frozen=True)
class InstallStep:
    """The packages of the head's environment, in the same versions."""

    joining: Joining
    name: str = "airflow"
    needs: Sequence[str] = ("join",)

    def todo(self) -> str:
        home = self.joining.home
        if not home.membership.exists():
            return "install the packages of the head"
        record = self.joining.platform().venv.record()
        return "" if record and record.wanted == _wanted(home) else "install the packages of the head"

    def do(self) -> Iterator[str]:
        platform, joined = self.joining.platform(), membership.load(self.joining.home)
        path, version = python_finder.find(joined.python, platform.settings.airflow_version, (joined.python,))
        if missing := system_requirements.build_packages_for(path, version):
            raise system_requirements.packages_missing(missing)
        if not platform.venv.python.exists():
            yield "creating the virtual environment"
            platform.venv.create(path)
        listing = platform.home.cache / "constraints.txt"
        write(listing, "\n".join(joined.packages) + "\n")
        try:
            yield from platform.venv.install(joined.packages, listing, offline=False)
        except MlopsctlError as e:
            raise explain(e, platform.settings.airflow_version, offline=False) from e
        version = platform.settings.airflow_version
        platform.venv.write_record(InstallRecord(version, joined.python, install_packages.HEAD, _wanted(platform.home)))

    def detail(self) -> str:
        packages = membership.load(self.joining.home).packages
        return f"{self.joining.platform().settings.airflow_version}, {len(packages)} packages"


def _wanted(home: Home) -> str:
    return json.dumps(membership.load(home).packages)


@dataclass(frozen=True)
class ConfigureStep:
    joining: Joining
    name: str = "configure"
    needs: Sequence[str] = ("join",)

    def todo(self) -> str:
        home = self.joining.home
        if not home.airflow_cfg.exists() or not home.tunnel_conf.exists():
            return "write airflow.cfg"
        return "" if self.joining.settings == self.joining.platform().settings else "change slots or queues"

    def do(self) -> Iterator[str]:
        yield "writing airflow.cfg"
        config_file.save(self.joining.home.config, self.joining.settings)
        host.configure(self.joining.home, self.joining.settings)

    def detail(self) -> str:
        return str(self.joining.home.airflow_cfg)


@dataclass(frozen=True)
class FetchStep:
    """Start the tunnel, and fetch the DAG files through it."""

    joining: Joining
    name: str = "dags"
    needs: Sequence[str] = ("configure",)

    def todo(self) -> str:
        return "" if host.dag_files(self.joining.home).revision else "fetch the DAG files"

    def do(self) -> Iterator[str]:
        platform = self.joining.platform()
        yield "starting the tunnel"
        lifecycle.start_supervisor(platform)
        (step,) = start_steps(platform, [TUNNEL])
        yield from step.do()
        yield "fetching the DAG files"
        host.dag_files(self.joining.home).take(*host.client(self.joining.home).dags())

    def detail(self) -> str:
        return f"revision {host.dag_files(self.joining.home).revision}"


@dataclass(frozen=True)
class StartStep:
    """Start the worker and the agent, and wait until the head has seen them ready."""

    joining: Joining
    name: str = "start"
    needs: Sequence[str] = ("airflow", "dags", "storage")
    clock: Clock = SYSTEM_CLOCK

    def todo(self) -> str:
        if not self._is_ready():
            return "start the worker"
        return "restart the worker, when its tasks have ended" if self._is_changed() else ""

    def _is_ready(self) -> bool:
        """Whether the head has accepted a report of a worker that is ready."""
        state = agent_state.load(self.joining.home)
        return state.ready and state.reported > self.joining.platform().supervisor.start_time(WORKER) > 0

    def _is_changed(self) -> bool:
        platform = self.joining.platform()
        if not platform.supervisor.is_configured(render(platform.home, platform.programs())):
            return True
        return any(step.todo() for step in start_steps(platform, OWN))

    def do(self) -> Iterator[str]:
        platform = self.joining.platform()
        lifecycle.start_supervisor(platform)
        for step in step_runner.run(start_steps(platform, OWN)):
            if step.error:
                raise step.error
            yield f"{step.name} {step.detail}"
        yield "waiting for the head"
        if not poll(self._is_ready, every=POLL_INTERVAL, give_up_after=READY_TIMEOUT, clock=self.clock):
            raise MlopsctlError(
                f"the head has not seen the worker ready within {READY_TIMEOUT:.0f} s.",
                hint=Hint.of("logs", AGENT),
                code="not-ready",
            )

    def detail(self) -> str:
        settings = self.joining.platform().settings
        return f"{slots(settings)} slots, queues {', '.join(settings.worker_queues or (DEFAULT_QUEUE,))}"


def steps(joining: Joining) -> list[RunnableStep]:
    return [
        JoinStep(joining), InstallStep(joining), StorageStep(joining.home, joining.platform), ConfigureStep(joining),
        FetchStep(joining), StartStep(joining),
    ]  # fmt: skip


def check(joining: Joining) -> None:
    """Raises MlopsctlError for a home that is already something else, or a machine that lacks a package; UsageError for
    an invalid name, the queue of the head, or without a token that is needed."""
    check_queues(joining.queues)
    home, joined = joining.home, joining.home.membership.exists()
    if joined:
        _check_same(joining)
    elif home.config.exists() and home.airflow_cfg.exists():
        hint = Hint.of(*OTHER_HOME, note="with a new or empty folder")
        raise MlopsctlError(f"{home.root} is the home of a platform of its own.", hint=hint, code="not-a-worker")
    elif not joining.token:
        hint = Hint.on_head("worker", "token", note="it prints one")
        raise UsageError("this host has not joined a platform: a token is needed.", hint=hint)
    preflight.check_home(home, OTHER_HOME)
    names.check(names.WORKER, joining.name)
    if not process.find_program("stunnel4"):
        raise system_requirements.packages_missing(["stunnel4"])


def _check_same(joining: Joining) -> None:
    """Raises MlopsctlError if the host has joined another head, or under another name."""
    head, name = joining.platform().settings.head, membership.load(joining.home).name
    if (joining.head, joining.name) != (head, name):
        raise MlopsctlError(
            f"this host has joined {head} already, as {name}.",
            hint=Hint.of("uninstall", "--purge").followed_by("worker", "join", "TOKEN"),
            code="joined",
        )
