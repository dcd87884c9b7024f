"""Changes of many DAG runs, for releases that change only one per request (before 3.3)."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from mlopsctl.adapters.airflow.capabilities import Capabilities
from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.adapters.airflow.rest.common.routes import Routes
from mlopsctl.adapters.airflow.rest.http import BULK_TIMEOUT, AirflowHttp
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import RunState
from mlopsctl.core.text import plural

AT_ONCE = 4


def not_deleted(dag_id: str) -> Hint:
    return Hint.of("runs", dag_id, note="a running one has to end first")


def not_changed(dag_id: str) -> Hint:
    return Hint.of("runs", dag_id, note="shows the states; then run the same command again")


class SingleRunCalls(ABC):
    """A run that Airflow rejects does not keep it from changing the others."""

    http: AirflowHttp
    routes: Routes

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities: ...

    def _clear_each(self, dag_id: str, run_ids: Iterable[str], note: str) -> None:
        body: dict[str, bool] = {"dry_run": False}
        if self.capabilities.clear_on_latest_version:
            body["run_on_latest_version"] = True

        def clear(path: str) -> None:
            if note:  # first: a run that is already queued must not be without its owner
                self._set_note(path, note)
            self.http.send("POST", f"{path}/clear", body, timeout=BULK_TIMEOUT)

        self._each(dag_id, run_ids, clear, "clear", not_changed(dag_id))

    def _end_each(self, dag_id: str, run_ids: Iterable[str], state: RunState, note: str) -> None:
        def end(path: str) -> None:
            self._end_run(path, state, note)

        self._each(dag_id, run_ids, end, "end", not_changed(dag_id), skip_missing=True)

    def _delete_each(self, dag_id: str, run_ids: Iterable[str]) -> None:
        def delete(path: str) -> None:
            # Airflow 3.0 would delete a running run too.
            run = self.http.get(path)
            if run["state"] == RunState.RUNNING:
                hint = Hint.of("runs", dag_id, note="wait for its end")
                raise RequestRejected(409, f"{run['dag_run_id']} is running", hint=hint)
            self.http.send("DELETE", path)

        self._each(dag_id, run_ids, delete, "delete", not_deleted(dag_id), skip_missing=True)

    def _end_run(self, path: str, state: RunState, note: str) -> None:
        body = {"state": state} | ({"note": note} if note else {})
        self.http.send("PATCH", path, body, timeout=BULK_TIMEOUT)

    def _set_note(self, path: str, note: str) -> None:
        self.http.send("PATCH", path, {"note": note})

    def _each(
        self,
        dag_id: str,
        run_ids: Iterable[str],
        call: Callable[[str], None],
        verb: str,
        hint: Hint,
        *,
        skip_missing: bool = False,
    ) -> None:
        """Call each run's path, some at a time. Raises MlopsctlError when all were tried, with the first reason."""
        from concurrent.futures import ThreadPoolExecutor

        def attempt(run_id: str) -> RequestRejected | None:
            try:
                call(self.routes.run(dag_id, run_id))
            except RequestRejected as e:
                return None if skip_missing and e.status == 404 else e
            return None

        ids = list(run_ids)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            rejected = [error for error in pool.map(attempt, ids) if error]
        if rejected:
            message = f"Airflow did not {verb} {len(rejected)} of {plural(len(ids), 'run')}: {rejected[0].reason}."
            raise MlopsctlError(message, hint=hint, code="refused")
