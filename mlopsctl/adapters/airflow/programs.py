"""The managed Airflow as programs: its components, its own command line, scripts run by its Python."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlopsctl.adapters import process
from mlopsctl.adapters.supervisor.config import Program
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SCRIPTS = Path(__file__).parents[2] / "airflow_scripts"
END_ORPHANS = Path(__file__).parents[1] / "supervisor" / "end_orphans.py"


def _own_python() -> str:
    """The Python that mlopsctl runs by, under one name: `python` and `python3` of a venv are the same, and services
    whose command or environment changed from the one to the other would be restarted."""
    plain = Path(sys.executable).with_name("python3")
    return str(plain if plain.exists() and plain.samefile(sys.executable) else sys.executable)


def _reason(words: str) -> str:
    """The last line; of SQLAlchemy's error, which always ends with a link, the first one."""
    lines = words.splitlines()
    if not lines or not lines[-1].startswith("(Background on this error"):
        return lines[-1] if lines else ""
    return next((line for line in reversed(lines) if line.startswith("sqlalchemy.exc.")), lines[-1])


@dataclass(frozen=True)
class AirflowCli:
    """`alerts`: the ways on which DAGs tell of their failures, of `email` and `webhook`."""

    home: Home
    alerts: tuple[str, ...] = ()
    _begun: dict[str, process.Begun] = field(default_factory=dict, init=False, repr=False, compare=False)

    def env(self, path: str = SYSTEM_PATH) -> dict[str, str]:
        """What a program of this Airflow needs in its environment; nothing secret.

        `path`: what follows the venv on PATH. Not the caller's, for services: they would change with each caller.
        """
        return {
            "AIRFLOW_HOME": str(self.home.airflow),
            "PATH": f"{self.home.venv / 'bin'}:{path}",
            # For tasks that call mlopsctl.
            "MLOPSCTL_HOME": str(self.home.root),
            "MLOPSCTL_PYTHON": _own_python(),
            # DAG files ask at parse time, when a look into the metadata database would cost each parse a query.
            "MLOPSCTL_ALERTS": ",".join(self.alerts),
        }

    def programs(self, host: str, port: int) -> tuple[Program, ...]:
        """The four components. Their logs are read from disk: no log server listens."""
        api = ("api-server", "--host", host, "--port", str(port), "--workers", "1")
        commands = (api, ("scheduler", "--skip-serve-logs"), ("dag-processor",), ("triggerer", "--skip-serve-logs"))
        # A scheduler that is killed leaves its workers behind, and the next one would run their tasks a second time.
        alone = (_own_python(), str(END_ORPHANS), str(self.home.root))
        return tuple(
            Program(
                c[0],
                (*(alone if c[0] == "scheduler" else ()), str(self.home.python), "-m", "airflow", *c),
                self.env(),
                port=port if c is api else None,
            )
            for c in commands
        )

    def script(self, name: str, words: dict[str, Any]) -> dict[str, Any]:
        """Run a script of ours by the venv's Python. `words` go in and its answer comes out as JSON, by pipe.

        Raises Unavailable where the database is away, MlopsctlError with the script's last words.
        """
        begun = self._begun.pop(name, None) or self._begin(name)
        done = begun.finish(json.dumps(words))
        answer = done.out.strip().rpartition("\n")[2]  # Airflow's own talk may stand before it
        if done.code or not answer.startswith("{"):
            raise self._failed(name, done)
        result: dict[str, Any] = json.loads(answer)
        return result

    def warm(self, name: str) -> None:
        """Start a script that will be asked: it imports Airflow while its words are still looked for."""
        if self.home.python.exists():
            self._begun[name] = self._begin(name)

    def _begin(self, name: str) -> process.Begun:
        return process.Begun([self.home.python, SCRIPTS / f"{name}.py"], process.clean_env(**self.env()))

    def _failed(self, name: str, done: process.Finished) -> MlopsctlError:
        """The answer of a script that failed even so is in no log and in no message: it may hold passwords."""
        talk = "".join(line for line in done.out.splitlines(keepends=True) if not line.startswith("{"))
        log = self.home.logs / f"{name}.log"
        log.write_text(talk + done.err, encoding="utf-8")
        reason = _reason(done.err.strip() or talk.strip()) or f"exit {done.code}"
        sentence, hint = f"{name}.py, run by Airflow's Python, failed: {reason}", f"cat '{log}'"
        if reason.startswith("sqlalchemy.exc.OperationalError"):
            return Unavailable(sentence, hint=hint, code="metadata")
        return MlopsctlError(sentence, hint=hint)

    def become(self, args: tuple[str, ...]) -> None:
        """Replace this process by `airflow ARGS…`. Raises MlopsctlError where Airflow is not installed."""
        import os

        if not self.home.python.exists():
            raise MlopsctlError("Airflow is not installed in this home.", hint=Hint.of("setup"), code="not-set-up")
        env = process.clean_env(**self.env(os.environ.get("PATH", SYSTEM_PATH)))
        process.become([self.home.python, "-m", "airflow", *args], env)
