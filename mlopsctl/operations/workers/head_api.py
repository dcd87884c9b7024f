"""The HTTP API of the head for worker hosts: they join, report, fetch DAG files and send logs of tasks.

It listens on loopback, and the tunnel leads to it. By the address that the tunnel connects from, it knows whether a
host has shown a certificate; without one, a host can join and nothing else.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.adapters.tls.authority import Authority
from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.paths import TUNNEL, Home
from mlopsctl.core.workers import OPEN_SOURCE, RENEWAL, REPORT_INTERVAL, WORKER_SOURCE, Wanted, Worker
from mlopsctl.operations.services import hold
from mlopsctl.operations.workers import slots
from mlopsctl.operations.workers.dag_files import DagFiles
from mlopsctl.operations.workers.registry import Registry, read_report
from mlopsctl.operations.workers.task_logs import PART, ReceivedLogs

# Seconds between two looks at the DAG files, which take 7 ms of CPU for 150 of them: 1,000 hosts report every 3 s.
DAGS_INTERVAL = 1.0
LONGEST_BODY = 64 * 1024  # bytes of a request, but for parts of logs

Handle = Callable[[Request], Awaitable[Response]]


@dataclass
class HeadApi:
    """`join`: what a host gets when it joins, or MlopsctlError; see operations/workers/joining.py. `shared`: what hosts
    have in common with the head; empty while that changes, see operations/workers/shared.py."""

    home: Home
    join: Callable[[Mapping[str, Any]], dict[str, Any]]
    shared: Callable[[], Mapping[str, Any]]
    clock: Clock = SYSTEM_CLOCK
    _dags: DagFiles = field(init=False)
    _current: str = ""  # the revision of the DAG files, looked at once a second
    _look_again: float = 0.0
    _archived: tuple[str, bytes] = ("", b"")  # the archive of a revision: after a change, all hosts ask for the same
    _busy: Lock = field(default_factory=Lock, init=False)  # what the threads share: digests of files, and logs
    _joining: Lock = field(default_factory=Lock, init=False)  # another one: who is not known keeps no report waiting

    def __post_init__(self) -> None:
        self._dags = DagFiles(self.home.dags)

    def app(self) -> Starlette:
        open_to_all = {"/authority": ("GET", self._authority), "/join": ("POST", self._join)}
        for_workers = {
            "/report": ("POST", self._report),
            "/dags": ("GET", self._archive),
            "/shared": ("GET", self._shared),
            "/logs/{path:path}": ("POST", self._log),
            "/certificate": ("POST", self._certificate),
            "/leave": ("POST", self._leave),
        }
        routes = [Route(path, _from(OPEN_SOURCE, do), methods=[how]) for path, (how, do) in open_to_all.items()]
        routes += [Route(path, _from(WORKER_SOURCE, do), methods=[how]) for path, (how, do) in for_workers.items()]
        return Starlette(routes=routes, exception_handlers={MlopsctlError: _refused}, lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        publishing = asyncio.create_task(self._publish_slots())
        yield
        publishing.cancel()

    async def _publish_slots(self) -> None:
        """Again and again: a host that is dead does not report it."""
        while True:
            try:
                await run_in_threadpool(slots.publish, self.home)
            except (MlopsctlError, OSError) as e:
                logging.getLogger(__name__).warning("the number of slots cannot be written: %s", e)
            await asyncio.sleep(REPORT_INTERVAL)

    async def _authority(self, _: Request) -> Response:
        """The certificate by which a host recognises the head. It compares the fingerprint with that of its token."""
        return Response(Authority(self.home.authority).certificate.read_bytes(), media_type="application/x-pem-file")

    async def _join(self, request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._join_alone, await _json(request)))

    def _join_alone(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """One after the other: of two hosts with one name, or one token, the second must find what the first left."""
        with self._joining:
            return self.join(content)

    async def _report(self, request: Request) -> Response:
        worker, report = self._worker(request), read_report(await _json(request))
        return JSONResponse(await run_in_threadpool(self._take_report, worker, report))

    def _take_report(self, worker: Worker, report: Any) -> dict[str, Any]:
        registry = Registry(self.home)
        registry.report(worker.host, report)
        with self._busy:
            known, dags_revision = registry.find(worker.host), self._revision()
            revision = self.shared().get("revision", "")
        may_run = bool(revision) and report.revision == revision and not hold.is_held(self.home)
        wanted = Wanted.DRAIN if known.wanted is Wanted.RUN and not may_run else known.wanted
        return {
            "wanted": wanted, "ordered": known.ordered, "dags_revision": dags_revision, "revision": revision,
        }  # fmt: skip

    async def _shared(self, request: Request) -> Response:
        self._worker(request)
        return JSONResponse(await run_in_threadpool(self._read_shared))

    def _read_shared(self) -> Mapping[str, Any]:
        """Raises MlopsctlError while it changes."""
        with self._busy:
            if found := self.shared():
                return found
        message = "the packages of the head are being changed."
        raise MlopsctlError(message, hint="wait until setup, or an upgrade, has ended", code="changing")

    def _revision(self) -> str:
        """Empty if there are too many DAG files to send: hosts keep those that they have, and do what they are told."""
        if self.clock.monotonic() >= self._look_again:
            try:
                self._current = self._dags.revision()
            except MlopsctlError:
                self._current = ""
            self._look_again = self.clock.monotonic() + DAGS_INTERVAL
        return self._current

    async def _archive(self, request: Request) -> Response:
        self._worker(request)
        return await run_in_threadpool(self._make_archive, request.method != "HEAD")

    def _make_archive(self, with_content: bool) -> Response:
        with self._busy:
            revision = self._dags.revision()
            if with_content and self._archived[0] != revision:
                self._archived = (revision, self._dags.archive())
            content = self._archived[1] if with_content else b""
        return Response(content, media_type="application/gzip", headers={"ETag": revision})

    async def _log(self, request: Request) -> Response:
        worker, content = self._worker(request), await _body(request, PART)
        path, offset = request.path_params["path"], _number(request.query_params.get("offset"))
        return JSONResponse({"size": await run_in_threadpool(self._append, worker.host, path, offset, content)})

    def _append(self, host: str, path: str, offset: int, content: bytes) -> int:
        with self._busy:
            return ReceivedLogs(self.home.task_logs, host).append(path, offset, content)

    async def _certificate(self, request: Request) -> Response:
        """A new certificate, before the end of the one that the host has."""
        worker, asked = self._worker(request), await _json(request)
        signed = await run_in_threadpool(self._renew, worker.host, str(asked.get("request", "")).encode())
        return JSONResponse({"certificate": signed.decode()})

    def _renew(self, host: str, request: bytes) -> bytes:
        """Not earlier than needed: the list of what a host leaves behind when it is removed stays short."""
        authority = Authority(self.home.authority)
        with self._joining:
            newest = authority.newest(host)
            if newest and newest.ends.timestamp() > time.time() + 2 * RENEWAL:
                hint = "set the clock of the worker host"
                message = f"the certificate of {host} is valid until {newest.ends:%Y-%m-%d}."
                raise MlopsctlError(message, hint=hint, code="not-yet")
            return authority.sign(request, host).pem

    async def _leave(self, request: Request) -> Response:
        await run_in_threadpool(self._forget, self._worker(request).host)
        return JSONResponse({})

    def _forget(self, host: str) -> None:
        """The tunnel reads the list of revoked certificates again, and keeps the connections of other hosts."""
        with self._busy:
            Authority(self.home.authority).revoke(host)
            Registry(self.home).remove(host)
        Supervisor(self.home).reload(TUNNEL)

    def _worker(self, request: Request) -> Worker:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        worker = Registry(self.home).authenticate(token) if scheme == "Bearer" else None
        if not worker:
            raise HTTPException(401, "this host has not joined, or was removed")
        return worker


def _from(source: str, handle: Handle) -> Handle:
    async def handle_if_allowed(request: Request) -> Response:
        if not request.client or request.client.host != source:
            raise HTTPException(403, "not by this way")
        return await handle(request)

    return handle_if_allowed


async def _body(request: Request, longest: int) -> bytes:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > longest:
            raise HTTPException(413, "the request is too long")
    return bytes(content)


async def _json(request: Request) -> Mapping[str, Any]:
    try:
        content = json.loads(await _body(request, LONGEST_BODY))
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise HTTPException(400, "the request is not a JSON object")
    return content


def _number(text: str | None) -> int:
    if not text or not text.isascii() or not text.isdigit():
        raise HTTPException(400, "the offset is not a number")
    return int(text)


async def _refused(_: Request, error: Exception) -> Response:
    """A foreseen failure: the worker host shows its message and hint."""
    if not isinstance(error, MlopsctlError):
        raise error
    status = 400 if isinstance(error, UsageError) else 409
    content = {"code": error.code, "message": error.message, "hint": error.hint.text()}
    return JSONResponse(content, status_code=status)
