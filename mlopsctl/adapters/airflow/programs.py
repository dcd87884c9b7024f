"""The managed Airflow as programs: its services, its command line, and scripts run by its Python."""

import json
import os
import shlex
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlopsctl.adapters import process
from mlopsctl.adapters.airflow.release import RELEASES, Release
from mlopsctl.adapters.supervisor.config import Program
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import WORKER, Home

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SCRIPTS = Path(__file__).parents[2] / "airflow_scripts"
PLUGIN = SCRIPTS / "end_child_processes.py"  # setup copies it to where Airflow looks for plugins
PRELOAD = SCRIPTS / "preload.py"
# Python does not look for modules in the folder of the script: `import schema` in a DAG file must not find ours.
NO_SCRIPT_FOLDER = ("-P",)
NO_MODULES = "--no-modules"
CELERY_WORKER = SCRIPTS / "celery_worker.py"
SCHEDULER, DAG_PROCESSOR = "scheduler", "dag-processor"
FORKING = (SCHEDULER, DAG_PROCESSOR)  # a process for each task, and for each DAG file
LONGEST_STOP = 24 * 3600  # seconds: a worker ends when its tasks have ended
# By default, each component checks that the metadata database has the schema of this release: for that, it imports
# alembic and all migrations, 9 MiB and 0.1 s of CPU. These leave it to the API server and the scheduler.
UNCHECKED = ("dag-processor", "triggerer")
NO_MIGRATION_CHECK = {"AIRFLOW__DATABASE__CHECK_MIGRATIONS": "False"}
END_ORPHANS = Path(__file__).parents[1] / "supervisor" / "end_orphans.py"


def own_python() -> str:
    """The Python that runs mlopsctl, always under the same name: `python` and `python3` of a venv are the same, and a
    service whose command or environment changed from one to the other would be restarted."""
    plain = Path(sys.executable).with_name("python3")
    return str(plain if plain.exists() and plain.samefile(sys.executable) else sys.executable)


def _reason(output: str) -> str:
    """The last line of a script's output; for an error of SQLAlchemy, which ends with a link, its first line."""
    lines = output.splitlines()
    if not lines or not lines[-1].startswith("(Background on this error"):
        return lines[-1] if lines else ""
    return next((line for line in reversed(lines) if line.startswith("sqlalchemy.exc.")), lines[-1])


@dataclass(frozen=True)
class AirflowPrograms:
    """`alerts`: how failed DAG runs are reported: `email`, `webhook`. `release`: of the managed Airflow. `preload`:
    whether components that fork import modules beforehand, if the release is known to allow it. `forking`: those that
    this home runs. `head_queue`: of tasks that need files of the head's home; empty without workers. `storage`: the URL
    of the place for files that tasks hand to each other; empty: this home."""

    home: Home
    alerts: tuple[str, ...] = ()
    release: Release = RELEASES[-1]
    preload: bool = False
    forking: tuple[str, ...] = FORKING
    head_queue: str = ""
    storage: str = ""
    _prestarted: dict[str, process.Prestarted] = field(default_factory=dict, init=False, repr=False, compare=False)
    _conversations: dict[str, process.Conversation] = field(default_factory=dict, init=False, repr=False, compare=False)
    _starting: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    def env(self, path: str = SYSTEM_PATH) -> dict[str, str]:
        """The environment of Airflow's programs; it holds no secret.

        `path`: what follows the venv on PATH. For services it is fixed: the caller's would differ from call to call.
        """
        return {
            "AIRFLOW_HOME": str(self.home.airflow),
            "PATH": f"{self.home.venv / 'bin'}:{path}",
            # For tasks that call mlopsctl.
            "MLOPSCTL_HOME": str(self.home.root),
            "MLOPSCTL_PYTHON": own_python(),
            # DAG files read these when they are parsed, where a query on the metadata would be too expensive.
            "MLOPSCTL_ALERTS": ",".join(self.alerts),
            **({"MLOPSCTL_HEAD_QUEUE": self.head_queue} if self.head_queue else {}),
            **({"MLOPSCTL_STORAGE": self.storage} if self.storage else {}),
        }

    def services(self, host: str, port: int) -> tuple[Program, ...]:
        """Airflow's four components. Logs are read from disk: no log server listens."""
        values = {"host": host, "port": port, "workers": self.release.api_workers}
        commands = {
            "api-server": tuple(word.format(**values) for word in self.release.api_server),
            "scheduler": ("scheduler", "--skip-serve-logs"),
            "dag-processor": ("dag-processor",),
            "triggerer": ("triggerer", "--skip-serve-logs"),
        }
        # A killed scheduler leaves its workers running, and the next one would run their tasks a second time.
        end_orphans = (own_python(), str(END_ORPHANS), str(self.home.root))
        return tuple(
            Program(
                name,
                (*(end_orphans if name == "scheduler" else ()), *self._run_airflow(name), *command),
                self.env() | (NO_MIGRATION_CHECK if name in UNCHECKED else {}),
                port=port if name == "api-server" else None,
            )
            for name, command in commands.items()
        )

    def worker(self, slots: int, queues: Sequence[str]) -> Program:
        """A Celery worker that runs `slots` tasks at once. Its logs are read from disk: no log server listens."""
        folder = self.home.preload if WORKER in self.preloading else "-"
        script = (
            str(self.home.python),
            *NO_SCRIPT_FOLDER,
            str(CELERY_WORKER),
            str(self.home.worker_state),
            str(folder),
        )
        options = ("--concurrency", str(slots), "--queues", ",".join(queues), "--skip-serve-logs")
        quiet = ("--without-mingle", "--without-gossip")  # it needs to know nothing of other workers
        return Program(WORKER, (*script, WORKER, *options, *quiet), self.env(), stop_seconds=LONGEST_STOP)

    @property
    def preloading(self) -> tuple[str, ...]:
        """The components that import modules beforehand."""
        return self.forking if self.preload and self.release.preload else ()

    @property
    def follows_slots(self) -> bool:
        """Whether the scheduler follows the number of slots while it runs; see airflow_scripts/parallelism.py."""
        return bool(self.preloading) and not self.release.is_airflow2

    def _run_airflow(self, component: str) -> tuple[str, ...]:
        python = str(self.home.python)
        if component in self.preloading or (self.preloading and not self.release.is_airflow2):
            without = () if component in self.preloading else (NO_MODULES,)
            return (python, *NO_SCRIPT_FOLDER, str(PRELOAD), *without, str(self.home.preload))
        return (python, *self.release.run_airflow)

    def run_script(self, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Run a script of `airflow_scripts/` with Airflow's Python. Request and answer are JSON, sent through pipes.

        Raises Unavailable if the database does not answer, MlopsctlError with the script's last line.
        """
        script = self._prestarted.pop(name, None) or self._start(name)
        done = script.finish(json.dumps(request))
        answer = done.out.strip().rpartition("\n")[2]  # Airflow may print before it
        if done.code or not answer.startswith("{"):
            raise self._failed(name, done)
        result: dict[str, Any] = json.loads(answer)
        return result

    def prestart(self, name: str) -> None:
        """Start a script that will be needed: it imports Airflow while its request is being prepared."""
        if self.home.python.exists():
            self._prestarted[name] = self._start(name)

    def _start(self, name: str) -> process.Prestarted:
        return process.Prestarted(self._script(name), process.clean_env(**self.env()))

    def converse(self, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Ask a script that answers one request after the other. It is started once, and ends with this process.

        Raises as run_script(). After that it is started again.
        """
        conversation = self.start_conversation(name)
        answer = conversation.ask(json.dumps(request))
        if not answer:
            with self._starting:
                self._conversations.pop(name, None)
            raise self._failed(name, conversation.finish())
        result: dict[str, Any] = json.loads(answer)
        return result

    def start_conversation(self, name: str) -> process.Conversation:
        """Start such a script if it does not run: it imports Airflow meanwhile."""
        with self._starting:
            if name not in self._conversations:
                env = process.clean_env(**self.env())
                self._conversations[name] = process.Conversation(self._script(name), env)
            return self._conversations[name]

    def _script(self, name: str) -> list[Path | str]:
        return [self.home.python, *NO_SCRIPT_FOLDER, SCRIPTS / f"{name}.py"]

    def _failed(self, name: str, done: process.Completed) -> MlopsctlError:
        """Neither the log nor the message holds the script's answer: there may be passwords in it."""
        output = "".join(line for line in done.out.splitlines(keepends=True) if not line.startswith("{"))
        log = self.home.logs / f"{name}.log"
        log.write_text(output + done.err, encoding="utf-8")
        reason = _reason(done.err.strip() or output.strip()) or f"exit {done.code}"
        message, hint = (
            f"{name}.py, run by Airflow's Python, failed: {reason}",
            Hint(line=f"cat {shlex.quote(str(log))}"),
        )
        if reason.startswith("sqlalchemy.exc.OperationalError"):
            return Unavailable(message, hint=hint, code="metadata")
        return MlopsctlError(message, hint=hint)

    def exec_cli(self, args: tuple[str, ...]) -> None:
        """Replace this process by `airflow ARGS…`. Raises MlopsctlError if Airflow is not installed."""
        if not self.home.python.exists():
            raise MlopsctlError("Airflow is not installed in this home.", hint=Hint.of("setup"), code="not-set-up")
        env = process.clean_env(**self.env(os.environ.get("PATH", SYSTEM_PATH)))
        process.exec_program([self.home.python, "-m", "airflow"], env, args)
