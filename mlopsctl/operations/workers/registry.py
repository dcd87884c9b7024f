"""The worker hosts that have joined, each with its wanted state and its last report."""

import hashlib
import json
import math
import secrets
import shutil
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mlopsctl.adapters.files import write
from mlopsctl.core import names
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home
from mlopsctl.core.workers import HEAD, JOIN, MOST_SLOTS, Report, Wanted, Worker

TOKEN_BYTES = 32
LONGEST_TEXT = 1000  # characters


@dataclass(frozen=True)
class Registry:
    """Two files in a folder for each host below `home.workers`: `host.json`, which commands write, and `report.json`,
    which the service writes that gets the reports. Of a host's own token only the digest is stored."""

    home: Home

    def workers(self) -> list[Worker]:
        """By name."""
        return [self._read(path.parent.name) for path in sorted(self.home.workers.glob("*/host.json"))]

    def reporting(self) -> list[tuple[Worker, Report]]:
        """Those that are alive, each with its last report."""
        now = time.time()
        return [(worker, worker.report) for worker in self.workers() if worker.report and not worker.is_silent(now)]

    def find(self, host: str) -> Worker:
        """Raises MlopsctlError if no such host has joined."""
        if not names.problem(names.WORKER, host) and self._file(host).exists():
            return self._read(host)
        known = ", ".join(worker.host for worker in self.workers()) or "none"
        message = f"no worker {names.shown(host)} has joined; there are: {known}."
        raise MlopsctlError(message, hint=Hint.of("worker", "list"), code="no-worker")

    def add(self, host: str, request: str = "", queues: Sequence[str] = ()) -> str:
        """The token with which the host will report. `request`: what it joined with. `queues`: those that its own token
        grants. Raises as check_free() does."""
        self.check_free(host, request)
        self.remove(host)  # a report may have come while the previous host of this name was removed
        token = f"{host}:{secrets.token_urlsafe(TOKEN_BYTES)}"
        new = {"wanted": Wanted.RUN, "joined": time.time(), "token": _digest(token)}
        self._write(host, new | {"request": _digest(request), "queues": list(queues)})
        return token

    def granted(self, host: str, request: str) -> tuple[str, ...] | None:
        """The queues of a host that joined with the same request and may not have got the answer, because it has never
        reported; None: there is no such host."""
        file = self._file(host)
        if not request or names.problem(names.WORKER, host) or not file.exists() or self._report_file(host).exists():
            return None
        content = _content(file)
        return tuple(content["queues"]) if secrets.compare_digest(content["request"], _digest(request)) else None

    def check_free(self, host: str, request: str = "") -> None:
        """Raises UsageError for an invalid name, MlopsctlError if it is taken: a host that was lost is removed
        first."""
        names.check(names.WORKER, host)
        if host.lower() in (HEAD, JOIN, socket.gethostname().lower()):
            hint = Hint.of("worker", "join", "TOKEN", "--name", "NAME")
            raise MlopsctlError(f"{host} is the name of the head itself.", hint=hint, code="worker-exists")
        if self._file(host).exists() and self.granted(host, request) is None:
            hint = Hint.on_head("worker", "remove", host, note="if that host is gone; or join with another --name")
            raise MlopsctlError(f"a worker {host} has joined already.", hint=hint, code="worker-exists")

    def remove(self, host: str) -> None:
        shutil.rmtree(self.home.workers / host, ignore_errors=True)

    def authenticate(self, token: str) -> Worker | None:
        """The host with this token, which begins with its name; None if there is none."""
        host = token.partition(":")[0]
        file = self._file(host)
        if names.problem(names.WORKER, host) or not file.exists():
            return None
        return self._read(host) if secrets.compare_digest(_content(file)["token"], _digest(token)) else None

    def want(self, host: str, wanted: Wanted) -> None:
        """Tell a host what to do. Raises MlopsctlError as find() does."""
        self.find(host)
        self._write(host, _content(self._file(host)) | {"wanted": wanted, "ordered": time.time()})

    def report(self, host: str, report: Report) -> None:
        """Store a report. A host that was stopped and started by hand takes tasks again. Raises MlopsctlError as find()
        does."""
        if report.first and self.find(host).wanted is Wanted.STOP:
            self.want(host, Wanted.RUN)
        content = {"report": asdict(report), "reported": time.time()}
        write(self._report_file(host), json.dumps(content) + "\n", sync=False)  # the next one follows in seconds

    def _file(self, host: str) -> Path:
        return self.home.workers / host / "host.json"

    def _report_file(self, host: str) -> Path:
        return self.home.workers / host / "report.json"

    def _read(self, host: str) -> Worker:
        own, last = _content(self._file(host)), self._report_file(host)
        worker = Worker(host, Wanted(own["wanted"]), own["joined"], ordered=own.get("ordered", own["joined"]))
        try:
            content = _content(last)
        except (FileNotFoundError, ValueError):  # none yet, or one that was lost with the power
            return worker
        return replace(worker, report=read_report(content["report"]), reported=content["reported"])

    def _write(self, host: str, content: Mapping[str, Any]) -> None:
        write(self._file(host), json.dumps(content) + "\n")


def _content(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def read_report(content: Mapping[str, Any]) -> Report:
    """A report as a host sends it. Raises UsageError if it is not one, or has what no host can have: the head shows its
    texts, counts its slots and writes the names of its queues into command lines."""
    try:
        return Report(
            running=bool(content["running"]),
            ready=bool(content["ready"]),
            slots=_slots(content["slots"]),
            queues=tuple(_queue(queue) for queue in content["queues"]),
            version=_text(content["version"]),
            dags_revision=_text(content["dags_revision"]),
            started=_instant(content["started"]),
            clock=_instant(content["clock"]),
            certificate_ends=_instant(content["certificate_ends"]),
            tasks=tuple(_text(task) for task in content["tasks"]),
            first=bool(content["first"]),
            executors=_text(content.get("executors", "")),
            revision=_text(content.get("revision", "")),
            mlopsctl=_text(content.get("mlopsctl", "")),
            problem=_text(content.get("problem", "")),
            last=bool(content.get("last", False)),
            stopping=bool(content.get("stopping", False)),
        )
    except (KeyError, TypeError, ValueError) as e:
        hint = "install the same mlopsctl on the worker host and on the head"
        raise UsageError(f"this is not the report of a worker: {e!r}.", hint=hint) from e


def _queue(name: object) -> str:
    """Raises ValueError."""
    if problem := names.problem(names.QUEUE, name):
        raise ValueError(f"queue {names.shown(name)}: {problem}")
    return str(name)


def _slots(value: object) -> int:
    """Raises ValueError, TypeError."""
    if not isinstance(value, int) or not 0 < value <= MOST_SLOTS:
        raise ValueError(f"{value!r} slots")
    return value


def _instant(value: object) -> float:
    """Raises ValueError for what JSON cannot say, either."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"the time {value!r}")
    return float(value)


def _text(value: object) -> str:
    """Raises ValueError for what a terminal would take for a command."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or not value.isprintable():
        raise ValueError(f"the text {names.shown(value)}")
    return value


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
