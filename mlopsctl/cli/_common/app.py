"""What a command has at hand: the home, its settings, and the adapters, each built when first asked for.

The only file that builds adapters; and `show`, which holds all policy of a changing command: dry run, confirmation,
display, the JSON envelope, the exit code.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common.output import Output, planned_data, step_data
from mlopsctl.core import settings as settings_file
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home, default_home
from mlopsctl.core.result import Result
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import Status
from mlopsctl.core.steps import Plan, Step

if TYPE_CHECKING:
    from mlopsctl.adapters.airflow.interface import AirflowApi
    from mlopsctl.adapters.mariadb.client import MariaDB
    from mlopsctl.adapters.postgres.server import Postgres
    from mlopsctl.operations.platform import Platform


class App:
    """One per call of mlopsctl."""

    def __init__(self, home: Path | None, command: str, out: Output) -> None:
        self.home = Home(
            (home or default_home()).expanduser().resolve()
        )  # one place, one name: processes are known by it
        self.command = command
        self.out = replace(out, program=self.program)

    def use_json(self) -> None:
        self.out = replace(self.out, json=True)

    @cached_property
    def settings(self) -> Settings:
        return settings_file.load(self.home.config)

    @cached_property
    def platform(self) -> "Platform":
        """All adapters of a home that was set up. Whoever needs them asks them something, which may take its time."""
        self.need_setup()
        self.out.asking("asking the platform")
        return self.platform_with(self.settings)

    def platform_with(self, settings: Settings, metadata_url: str = "", feature_store_url: str = "") -> "Platform":
        """All adapters, for settings that the home may not have yet. The URLs: databases that are named just now."""
        from mlopsctl.adapters.airflow.metadb.client import MetadataDatabase
        from mlopsctl.adapters.airflow.programs import AirflowPrograms
        from mlopsctl.adapters.airflow.release import open_api
        from mlopsctl.adapters.airflow.rest.http import AirflowHttp
        from mlopsctl.adapters.mariadb.server import MariaDBServer
        from mlopsctl.adapters.supervisor.control import Supervisor
        from mlopsctl.adapters.venv import Venv
        from mlopsctl.operations.platform import Platform

        home, postgres, airflow = self.home, self.postgres, AirflowPrograms(self.home, settings.alerts)
        external_url = home.secret("metadata-url") if settings.external_metadata_db else None
        metadata = MetadataDatabase(postgres, airflow, external_url)
        supervisor = Supervisor(home)
        http = AirflowHttp(
            settings.api_url,
            home.secret("service-password"),
            home.secret("api-token"),
            is_our_server=partial(supervisor.listens, settings.api_port),
        )
        return Platform(
            home,
            settings,
            supervisor,
            postgres,
            MariaDBServer(home, settings.mariadb_port, settings.timezone),
            Venv(home),
            airflow,
            open_api(settings.airflow_version, http, metadata.timezone),
            metadata,
            metadata_url,
            feature_store_url,
        )

    @property
    def postgres(self) -> "Postgres":
        """The server of the metadata, where it is the home's own."""
        from mlopsctl.adapters.postgres.server import Postgres

        return Postgres(self.home)

    @property
    def api(self) -> "AirflowApi":
        """Airflow's REST API, under the service account."""
        return self.platform.api

    @cached_property
    def features(self) -> "MariaDB":
        """The feature store, under its own account."""
        return self.platform.features()

    def need_setup(self) -> None:
        """Raises MlopsctlError where no platform has been set up in the home, or its settings are lost."""
        config = self.home.config
        if config.exists():
            return
        if self.home.secrets.exists():
            import shlex

            raise MlopsctlError(
                f"{config} is missing, and with it the settings of the platform in {self.home.root}.",
                # An empty one: a folder with things in it, and without this file, is none of ours to setup.
                hint=Hint(
                    ("setup",),
                    line=f"touch {shlex.quote(str(config))}",
                    note="starts from the defaults: give again what you had set, such as --api-port N --dags DIR",
                ),
                code="no-settings",
            )
        raise MlopsctlError(f"there is no platform in {self.home.root}.", hint=Hint.of("setup"), code="not-set-up")

    @contextmanager
    def lock(self, dry_run: bool = False) -> Iterator[None]:
        """One command at a time changes a home; a dry run changes nothing, and so needs none.

        Raises MlopsctlError where another is at work, or an upgrade was broken off that is to be finished before.
        """
        from mlopsctl.adapters.files import locked

        with nullcontext() if dry_run else locked(self.home.lock, self.command):
            if self.home.venv_previous.exists() and self.command not in ("upgrade", "stop", "uninstall"):
                from mlopsctl.operations.upgrade.state import check_not_begun

                check_not_begun(self.home)
            yield

    @property
    def program(self) -> str:
        import shlex

        default = self.home.root == default_home()
        return "mlopsctl" if default else f"mlopsctl --home {shlex.quote(str(self.home.root))}"

    def call(self, *words: object) -> str:
        """A command line to paste that is for this home."""
        return Hint.of(*words).text(self.program)

    def paste(self, hint: str) -> str:
        """`hint` with its calls of mlopsctl meaning this home."""
        import re

        return hint if "--home" in hint else re.sub(r"(?<!/)mlopsctl ", lambda _: f"{self.program} ", hint)

    def confirm(self, question: str, yes: bool) -> None:
        """Ask before something is destroyed. Raises MlopsctlError where nobody can be asked, or the answer is no."""
        if yes:
            return
        if not sys.stdin.isatty():
            raise MlopsctlError(
                f"{question} There is no terminal to ask on.", hint="say it again with --yes", code="not-confirmed"
            )
        self.out.silence.end()
        if not click.confirm(question, err=True):
            raise MlopsctlError(
                "not confirmed; nothing was done.",
                hint="say it again and answer y, or with --yes",
                code="not-confirmed",
            )

    def show(
        self,
        plan: Plan,
        run: Callable[[], Iterator[Step]],
        *,
        data: Callable[[list[dict[str, Any]]], dict[str, Any]] = lambda steps: {"steps": steps},
        dry_run: bool = False,
        yes: bool = False,
    ) -> int:
        """Carry out a plan, or, with `dry_run`, only show it; the exit code."""
        if dry_run or (plan.asks and not yes):
            self.out.plan(plan)
        for note in plan.notes:
            self.out.message(note)
        if dry_run:
            return self.render(Result(data(planned_data(plan)), Status.PLANNED))
        if plan.asks:
            self.confirm(plan.asks, yes)
        steps = self.out.steps(run())
        errors = tuple(step.error for step in steps if step.error)
        status = Status.ERROR if errors else Status.OK
        # `data` may ask a server
        return self.render(Result(data(step_data(steps)) if self.out.json else {}, status, errors=errors))

    def render(self, result: Result, view: Callable[[Output], None] | None = None) -> int:
        """Show the result of a command: `view` draws its data on stdout, messages and errors follow on stderr; with
        `--json`, one object on stdout takes the place of data and errors. Returns the exit code."""
        if view and not self.out.json:
            view(self.out)
        for message in result.messages:
            self.out.message(message)
        for error in result.errors:
            self.out.fail(error)
        self.out.envelope(self.command, result.status, result.data, result.errors)
        return result.exit_code
