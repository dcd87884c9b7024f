"""Add a context: reach the server, log in, and only then store it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mlopsctl.adapters import context_folder
from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.adapters.airflow.rest.connect import connect
from mlopsctl.adapters.airflow.rest.server import detect
from mlopsctl.adapters.context_folder import ContextFiles
from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.core import contexts
from mlopsctl.core.contexts import Context
from mlopsctl.core.deadline import Deadline
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import Login, StepState
from mlopsctl.core.steps import Plan, PlannedStep, Step


def plan(wanted: ContextFiles, *, overwrite: bool) -> Plan:
    """Raises UsageError for an invalid name, MlopsctlError `context-exists`."""
    context = wanted.context
    contexts.check_name(context.name)
    exists = context.name in contexts.names()
    if exists and not overwrite:
        raise MlopsctlError(
            f"the context {context.name} exists already.",
            hint=Hint(note="add --overwrite to replace it, or choose another name"),
            code="context-exists",
        )
    steps = [
        PlannedStep("server", f"ask {context.url} for its version"),
        PlannedStep("login", f"log in as {context.username}" if context.username else "try the token"),
        *([PlannedStep("feature-store", "connect to it")] if wanted.feature_store_url else []),
        PlannedStep("save", f"{'replace' if exists else 'create'} {contexts.folder_of(context.name)}"),
    ]
    return Plan(tuple(steps))


def run(wanted: ContextFiles) -> Iterator[Step]:
    """One step for each of the plan's. Raises MlopsctlError if one fails: then nothing is stored."""
    staged = context_folder.stage(wanted)
    try:
        yield from _Add(staged, wanted).steps()
    except BaseException:
        context_folder.discard(staged)
        raise


@dataclass
class _Add:
    staged: Context
    wanted: ContextFiles

    def steps(self) -> Iterator[Step]:
        began = Deadline(None)
        server = detect(connect(self.staged, retry_for=0))
        login = Login.BEARER if not self.staged.username else Login.JWT if server.api == 2 else Login.SESSION
        self.staged = replace(self.staged, airflow_version=server.version, login=login)
        yield Step("server", StepState.OK, f"Airflow {server.version}, API v{server.api}", began.waited)
        began = Deadline(None)
        self._log_in(server.api)
        yield Step("login", StepState.OK, self.staged.username or "the token is accepted", began.waited)
        if self.wanted.feature_store_url:
            began = Deadline(None)
            ((version,),) = MariaDB.from_url(self.wanted.feature_store_url).query("SELECT VERSION()")
            yield Step("feature-store", StepState.OK, str(version), began.waited)
        context_folder.commit(self.staged)
        yield Step("save", StepState.CHANGED, self.staged.name)

    def _log_in(self, api: int) -> None:
        """By a request that needs a login, and the right to read DAGs."""
        try:
            connect(self.staged, retry_for=0).get(f"/api/v{api}/dags", {"limit": 1})
        except RequestRejected as e:
            raise self._rejected(e) from e

    def _rejected(self, error: RequestRejected) -> MlopsctlError:
        account = f"the account {self.staged.username!r}" if self.staged.username else "the token"
        no_token = self.staged.login == Login.BEARER and "token" in error.reason.lower()  # 403 for a forged one
        if error.status == 401 or self.staged.login == Login.SESSION or no_token:
            # Airflow 2 answers 401 or 403, depending on its release; also if its API accepts neither of our logins.
            backends = " Its [api] auth_backends must list session or basic_auth."
            more = backends if self.staged.login == Login.SESSION else ""
            message = f"Airflow rejected {account}: {error.reason}.{more}"
            return MlopsctlError(message, hint="check the login; then run the same command again", code="login-failed")
        if error.status == 403:
            return MlopsctlError(
                f"{account} may not read DAGs: {error.reason}.",
                hint="ask whoever runs that Airflow for a role such as Op",
                code="forbidden",
            )
        return error
