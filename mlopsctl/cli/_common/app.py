"""What every command uses: the home, its settings, its adapters (built on first use), and how results are shown.

The only module that builds adapters. `show` applies the rules of all changing commands: dry run, confirmation, display,
JSON, exit code.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common.context_choice import HOME, Choice
from mlopsctl.cli._common.output import Output
from mlopsctl.cli._common.render import View, plan_rows, render, step_rows
from mlopsctl.core import settings as settings_file
from mlopsctl.core.contexts import LOCAL
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import WORKER, Home, default_home
from mlopsctl.core.result import Result
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import Status
from mlopsctl.core.steps import Plan, Step
from mlopsctl.core.workers import HEAD_QUEUE

if TYPE_CHECKING:
    from mlopsctl.adapters.airflow.interface import AirflowApi
    from mlopsctl.adapters.airflow.programs import AirflowPrograms
    from mlopsctl.adapters.mariadb.client import MariaDB
    from mlopsctl.adapters.postgres.server import Postgres
    from mlopsctl.core.contexts import Context
    from mlopsctl.operations.platform import Platform, Workers
    from mlopsctl.operations.target import Target

# What works by the API alone, at least in part.
CONTEXT_COMMANDS = (
    "status", "logs", "backfill", "backfills", "trigger", "runs", "coverage", "dags", "user", "connection", "variable",
    "config",
)  # fmt: skip
# What a worker host has: its own services, files and settings. A word alone: with all its subcommands.
WORKER_HOST_COMMANDS = (
    "status", "start", "stop", "restart", "logs", "doctor", "config", "uninstall", "worker join", "worker agent",
    "airflow", "env", "init", "dags check", "dags migrate", "context", "completion",
)  # fmt: skip


class App:
    """One per call of mlopsctl."""

    def __init__(self, home: Path | None, command: str, out: Output, choice: Choice = HOME) -> None:
        self._root = (home or default_home()).expanduser().resolve()  # processes are recognized by this path
        self._choice = choice
        self.command = command
        self.out = replace(out, program=self.program)

    def use_json(self) -> None:
        self.out = replace(self.out, json=True)

    @cached_property
    def context(self) -> "Context | None":
        """The Airflow elsewhere that this call is for; None: the one of the home. Raises MlopsctlError."""
        from mlopsctl.core import contexts

        return contexts.load(self._choice.name) if self._choice.name else None

    @property
    def home(self) -> Home:
        """Of a context, the folder with its settings and locks. Raises MlopsctlError for a command that no context
        has."""
        if not self.context:
            return Home(self._root)
        if self.command.partition(" ")[0] not in CONTEXT_COMMANDS:
            raise self._needs_home(self.context)
        return self.context.home

    @cached_property
    def settings(self) -> Settings:
        return settings_file.load(self.home.config)

    @cached_property
    def target(self) -> "Target":
        """The Airflow that this call is for: the platform of the home, or that of the context."""
        return self._remote(self.context) if self.context else self.platform

    @cached_property
    def platform(self) -> "Platform":
        """All adapters of a home that was set up. Their first answer may take a while. Raises MlopsctlError in a
        context."""
        if self.context:
            raise self._needs_home(self.context)
        self.need_setup()
        self.out.notify_if_slow("contacting the platform")
        return self.platform_with(self.settings)

    def platform_with(self, settings: Settings, metadata_url: str = "", feature_store_url: str = "") -> "Platform":
        """All adapters, for settings that the home may not have yet. The URLs: external databases given just now."""
        from mlopsctl.adapters.airflow.dag_run_script import DagRunScript
        from mlopsctl.adapters.airflow.metadb.client import MetadataDatabase
        from mlopsctl.adapters.airflow.release import open_api
        from mlopsctl.adapters.airflow.rest.http import AirflowHttp
        from mlopsctl.adapters.mariadb.server import MariaDBServer
        from mlopsctl.adapters.redis.server import RedisServer
        from mlopsctl.adapters.supervisor.control import Supervisor
        from mlopsctl.adapters.venv import Venv
        from mlopsctl.operations.platform import Platform

        home, postgres = self.home, self.postgres
        airflow = self._programs(settings)
        external_url = home.secret("metadata-url") if settings.external_metadata_db else None
        metadata = MetadataDatabase(postgres, airflow, external_url)
        supervisor = Supervisor(home)
        http = AirflowHttp(
            settings.api_url,
            home.secret("service-password"),
            home.secret("api-token"),
            is_our_server=partial(supervisor.listens_on, settings.api_port),
        )
        return Platform(
            home,
            settings,
            supervisor,
            postgres,
            MariaDBServer(home, settings.mariadb_port, settings.timezone, settings.has_workers),
            RedisServer(home, settings.redis_port),
            Venv(home),
            airflow,
            open_api(
                settings.airflow_version,
                http,
                home.api_capabilities,
                lambda dag: metadata.timezone(dag.dag_id),
                run_creator=DagRunScript(airflow),
                dags_folder=str(home.dags),
            ),
            metadata,
            metadata_url,
            feature_store_url,
            before_start=_prepare_preload,
            workers=_workers(settings),
        )

    def _programs(self, settings: Settings) -> "AirflowPrograms":
        from mlopsctl.adapters.airflow.programs import DAG_PROCESSOR, SCHEDULER, AirflowPrograms
        from mlopsctl.adapters.airflow.release import find

        worker = (WORKER,) * settings.has_workers  # it forks the processes of tasks, otherwise the scheduler does
        forking = worker if settings.head else (*(worker or (SCHEDULER,)), DAG_PROCESSOR)
        release, head_queue = find(settings.airflow_version), HEAD_QUEUE if settings.has_workers else ""
        return AirflowPrograms(
            self.home, settings.alerts, release, settings.preloads, forking, head_queue, settings.storage
        )

    def _remote(self, context: "Context") -> "Target":
        from mlopsctl.adapters.airflow.api_metadata.client import ApiMetadata
        from mlopsctl.adapters.airflow.api_metadata.timezones import ServerTimezones
        from mlopsctl.adapters.airflow.release import open_api
        from mlopsctl.adapters.airflow.rest.connect import connect
        from mlopsctl.operations.remote import RemoteAirflow

        self.out.say(f"context {context.name}: {context.url}")
        self.out.notify_if_slow(f"contacting {context.url}")
        http = connect(context)
        zones = ServerTimezones(self.settings)
        api = open_api(context.airflow_version, http, context.home.api_capabilities, zones.timezone_of)
        return RemoteAirflow(context, self.settings, api, ApiMetadata(api), zones)

    def need_head(self, *command: str) -> None:
        """Raises MlopsctlError on a worker host, which has neither the metadata nor an account of the API."""
        if not self.context and self.settings.head:
            head, words = self.settings.head, " ".join(command)
            message = f"this machine is a worker of {head}, and {words} works on the head only."
            raise MlopsctlError(message, hint=Hint.on_head(*command), code="worker-host")

    def _needs_home(self, context: "Context") -> MlopsctlError:
        return MlopsctlError(
            f"{self.command} needs the machine on which Airflow runs, and context {context.name} has only its API.",
            hint=Hint.of("--context", LOCAL, *self.command.split(), note="does it for the platform of this machine"),
            code="needs-home",
        )

    @property
    def postgres(self) -> "Postgres":
        """The home's own PostgreSQL server."""
        from mlopsctl.adapters.postgres.server import Postgres

        return Postgres(self.home)

    @property
    def api(self) -> "AirflowApi":
        """Airflow's REST API, with the service account of the home, or the account of the context."""
        return self.target.api

    @cached_property
    def features(self) -> "MariaDB":
        """The feature store, with its own account."""
        return self.target.features()

    def need_setup(self) -> None:
        """Raises MlopsctlError if no platform has been set up in the home, or its settings are missing."""
        config = self.home.config
        if self.context or config.exists():
            return
        if self.home.secrets.exists():
            import shlex

            raise MlopsctlError(
                f"{config} is missing, and with it the settings of the platform in {self.home.root}.",
                # An empty file, because setup refuses a directory that has content but no config.toml.
                hint=Hint(
                    ("setup",),
                    line=f"touch {shlex.quote(str(config))}",
                    note="starts from the defaults: repeat your own options, such as --api-port N --dags DIR",
                ),
                code="no-settings",
            )
        raise MlopsctlError(f"there is no platform in {self.home.root}.", hint=Hint.of("setup"), code="not-set-up")

    @contextmanager
    def lock(self, dry_run: bool = False) -> Iterator[None]:
        """Allow only one command at a time to change a home. A dry run needs no lock.

        Raises MlopsctlError if another command holds the lock, or an interrupted upgrade has to be finished first.
        """
        from mlopsctl.adapters.files import locked

        with nullcontext() if dry_run else locked(self.home.lock, self.command):
            if self.home.venv_previous.exists() and self.command not in ("upgrade", "stop", "uninstall"):
                from mlopsctl.operations.upgrade.state import check_not_in_progress

                check_not_in_progress(self.home)
            yield

    @property
    def program(self) -> str:
        """How hints call mlopsctl: with `--context` unless it is the current one, with `--home` unless it is the
        default."""
        import shlex

        if self._choice.name:
            return "mlopsctl" if self._choice.current else f"mlopsctl --context {self._choice.name}"
        return "mlopsctl" if self._root == default_home() else f"mlopsctl --home {shlex.quote(str(self._root))}"

    def call(self, *words: object) -> str:
        """A command line for this home, to paste."""
        return Hint.of(*words).text(self.program)

    def confirm(self, question: str, yes: bool) -> None:
        """Ask before something is destroyed. Raises MlopsctlError if the answer is no, or without a terminal."""
        if yes:
            return
        if not sys.stdin.isatty():
            raise MlopsctlError(
                f"cannot ask without a terminal: {question}", hint="run it again with --yes", code="not-confirmed"
            )
        self.out.wait_notice.close()
        if not click.confirm(question, err=True):
            raise MlopsctlError(
                "not confirmed, nothing was changed.", hint="answer y, or use --yes", code="not-confirmed"
            )

    def show(
        self,
        plan: Plan,
        run: Callable[[], Iterator[Step]],
        *,
        data: Callable[[list[dict[str, Any]]], dict[str, Any]] = lambda steps: {"steps": steps},
        view: View | None = None,
        remaining: tuple[MlopsctlError, ...] = (),
        dry_run: bool = False,
        yes: bool = False,
    ) -> int:
        """Carry out a plan, or only show it if `dry_run`. `data`: the JSON, from the rows of the steps. `view`: draws
        what follows after a success. `remaining`: what the plan leaves undone, which makes the success partial.
        Returns the exit code."""
        if dry_run or (plan.asks and not yes):
            self._show_plan(plan)
        for note in plan.notes:
            self.out.message(note)
        if dry_run:
            return self.render(Result(data(plan_rows(plan)), Status.PLANNED))
        if plan.asks:
            self.confirm(plan.asks, yes)
        steps = self.out.steps(run())
        errors = tuple(step.error for step in steps if step.error)
        rows = data(step_rows(steps)) if self.out.json else {}  # only then, because `data` may query a server
        status = Status.ERROR if errors else Status.PARTIAL if remaining else Status.OK
        return self.render(Result(rows, status, errors=errors or remaining), None if errors else view)

    def _show_plan(self, plan: Plan) -> None:
        for step in plan.steps:
            self.out.say(f"{step.name:<13} {step.what or 'nothing to do'}")

    def render(self, result: Result, view: View | None = None) -> int:
        """Show the result of this command; returns the exit code."""
        return render(self.out, self.command, result, view)


def _prepare_preload(platform: "Platform", service: str) -> None:
    from mlopsctl.operations.preload import update

    update.prepare(platform, service)


def _workers(settings: Settings) -> "Workers":
    from mlopsctl.operations.platform import NoWorkers

    if not settings.has_workers:
        return NoWorkers()
    from mlopsctl.operations.workers import listing
    from mlopsctl.operations.workers.head import HeadWorkers
    from mlopsctl.operations.workers.host import HostWorkers

    return HostWorkers(listing.this_host) if settings.head else HeadWorkers(listing.workers)
