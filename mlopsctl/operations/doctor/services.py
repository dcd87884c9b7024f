"""Whether the services run, are alive, and are those of this home."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mlopsctl.adapters.supervisor.control import tail
from mlopsctl.core.errors import Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import ComponentHealth
from mlopsctl.operations.doctor.check import Check, Finding
from mlopsctl.operations.doctor.context import Place, Skipped
from mlopsctl.operations.services import airflow_health
from mlopsctl.operations.services import lifecycle as operation

PATIENCE = 5.0  # seconds for an answer of the API server
YOUNG = 1.5 * operation.DEADLINE  # seconds after a start in which Airflow need not answer yet
WHOLE = 2.0  # seconds by which psutil's time of a start may be wrong: it knows the machine's start to a second only
LATELY = timedelta(minutes=10)
DEPTH = 5  # so many processes may have started each other
OFTEN = 3  # so many unwanted ends lately are a loop


def act(place: Place, verb: operation.Verb, names: Sequence[str]) -> Iterator[str]:
    """Start, stop or restart; one that fails holds up no other. Raises MlopsctlError."""
    errors = []
    for step in operation.run(place.platform, verb, operation.choose(place.platform, names)):
        errors += [step.error] if step.error else []
        yield f"{step.name} {step.detail}"
    if errors:
        raise errors[0]
    yield f"{', '.join(names) or 'all services'} {'started' if verb == 'start' else 'restarted'}"


def start(place: Place, finding: Finding) -> Iterator[str]:
    yield from act(place, "start", finding.about)


def restart(place: Place, finding: Finding) -> Iterator[str]:
    """One that somebody has halted (SIGSTOP, a debugger) goes on: it would not hear that it is to end."""
    import psutil

    (name,) = finding.about
    process = psutil.Process(place.states[name].pid)
    if process.status() == psutil.STATUS_STOPPED:
        process.resume()
        yield f"{name} was halted; it goes on"
        return
    yield from act(place, "restart", finding.about)


def running(place: Place) -> Iterator[Finding]:
    own = [program.name for program in place.platform.programs()]
    if not place.home.airflow_cfg.exists():
        raise Skipped("Airflow is not set up")
    states = place.platform.supervisor.states()
    down = [n for n in own if n not in states or states[n].state in ("stopped", "exited", "unknown")]
    if down == own:
        yield Finding("no service runs.", Hint.of("start"), about=())
        return
    for name in down:
        yield Finding(f"{name} does not run.", Hint.of("start", name), about=tuple(down))  # all in one go


def restarts(place: Place) -> Iterator[Finding]:
    ends = _ends(place)
    for name, status in place.states.items():
        many = ends.get(name, 0)
        if status.state in ("fatal", "backoff"):
            said = f"{name} dies on every start"
        elif many >= OFTEN:
            said = f"{name} has ended {many} times in the last {LATELY.seconds // 60} minutes by itself"
        else:
            continue
        end = "\n".join(f"           {line}" for line in tail(place.home.log_of(name), 6).splitlines())
        yield Finding(f"{said}; the end of its log:\n{end}", Hint.of("logs", name, "-n", "50"), about=(name,))


def _ends(place: Place) -> dict[str, int]:
    """How often each service has ended lately without being told to, as supervisord has written."""
    counts: dict[str, int] = {}
    since = (datetime.now() - LATELY).strftime("%Y-%m-%d %H:%M:%S")
    for line in tail(place.home.logs / "supervisord.log", 200).splitlines():
        if line[:19] >= since and (found := re.search(r"exited: ([\w-]+) \(.*not expected\)", line)):
            counts[found[1]] = counts.get(found[1], 0) + 1
    return counts


def _monitor(place: Place) -> dict[str, ComponentHealth]:
    """Airflow's word on its parts. Raises Unavailable, Skipped where it cannot be had yet."""
    place.need("api-server", "postgres")  # where the heartbeats are: without it Airflow calls all its parts dead
    try:
        return place.platform.api.components(PATIENCE)
    except Unavailable as e:
        if place.states["api-server"].seconds_up < YOUNG:
            raise Skipped(f"api-server has been up for {place.states['api-server'].seconds_up} s only") from e
        raise


def heartbeats(place: Place) -> Iterator[Finding]:
    for name in place.halted:
        yield Finding(f"{name} is halted (by SIGSTOP, or a debugger) and does nothing.", about=(name,))
    if place.halted:
        return
    try:
        parts = place.once("health", lambda: _monitor(place))
    except Unavailable as e:
        yield Finding(e.message, about=("api-server",), key="api-server")
        return
    for service, said in silent(parts):
        if service in place.states and place.states[service].seconds_up >= YOUNG:
            yield Finding(f"Airflow's {service} {said}.", about=(service,), key=service)


def silent(parts: Mapping[str, ComponentHealth]) -> Iterator[tuple[str, str]]:
    """The services that Airflow does not take for alive, and since when, from its own health report."""
    for part, service in airflow_health.SERVICE_OF.items():
        told = parts.get(part, ComponentHealth(None))
        if part != "metadatabase" and told.status != "healthy":
            beat = told.heartbeat and told.heartbeat.isoformat()
            yield service, f"gave its last sign of life at {beat}" if beat else "has never given a sign of life"


def ports(place: Place) -> Iterator[Finding]:
    import psutil

    settings = place.platform.settings
    wanted = {"api-server": settings.api_port}
    wanted |= {} if settings.external_feature_store else {"mariadb": settings.mariadb_port}
    ours = {process.pid for process in place.processes}
    for service, port in wanted.items():
        for pid in sorted({c.pid or 0 for c in place.listeners if c.laddr.port == port} - ours):
            try:
                who = f"{psutil.Process(pid).name()} (process {pid})" if pid else "a program of another account"
            except psutil.Error:
                continue  # it has ended meanwhile
            said = f"port {port} of {service} is held by {who}."
            yield Finding(said, Hint.of("setup", note="takes the next free port"))


def leftovers(place: Place) -> Iterator[Finding]:
    supervisor = place.platform.supervisor
    if not supervisor.running():
        left = list(place.processes)
        words = "whose supervisord has died"
    else:
        first = {process.pid for process in supervisor.orphans()}
        left = [p for p in (supervisor.orphans() if first else ()) if p.pid in first]  # not one that is just ending
        words = "whose parent has died"
    if left:
        names = ", ".join(f"{_name(process)} ({process.pid})" for process in left[:5])
        said = f"{len(left)} process{'es' * (len(left) > 1)} of a former life live on, {words}: {names}."
        yield Finding(said, key=words)


def _name(process: Any) -> str:
    import psutil

    try:
        return str(process.name())
    except psutil.Error:
        return "ended"


def end(place: Place, _finding: Finding) -> Iterator[str]:
    import psutil

    supervisor = place.platform.supervisor
    if not supervisor.running():
        yield "ending them"
        yield f"{supervisor.end_leftovers()} processes ended"
        return
    ended = 0
    for _ in range(DEPTH):  # the end of one leaves those that it had started
        left = supervisor.orphans()
        for process in left:
            yield f"ending process {process.pid}"
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        ended += len(psutil.wait_procs(left, timeout=10)[0])
    yield f"{ended} process{'es' * (ended != 1)} ended"


def restart_needed(place: Place) -> Iterator[Finding]:
    own = [program.name for program in place.platform.programs() if program.name in place.states]
    stages = [s for s in operation.start_stages(place.platform, own) if isinstance(s, operation.StartStage)]
    changed = {stage.name: path for stage in stages for path in stage.configuration if _newer(place, stage.name, path)}
    for name, path in changed.items():
        said = f"{name} has run since before {path} changed."
        yield Finding(said, Hint.of("start", name), "warning", tuple(changed))


def _newer(place: Place, service: str, path: Path) -> bool:
    """Whether a file has changed since the service started."""
    import psutil

    pid = place.states[service].pid
    try:
        return bool(pid) and path.exists() and path.stat().st_mtime > psutil.Process(pid).create_time() + WHOLE
    except psutil.Error:
        return False  # it has ended meanwhile


CHECKS = (
    Check("leftovers", "services", "They hold ports and files, and would run tasks a second time.", leftovers, end),
    Check("ports", "services", "A service cannot start while another program holds its port.", ports),
    Check("running", "services", "Without all of them no run comes to its end.", running, start),
    Check("restart-needed", "services", "A service goes by what it read when it started.", restart_needed, start),
    Check("restarts", "services", "A service that dies again and again does nothing in between.", restarts),
    Check("heartbeats", "services", "A component can run and do nothing; its heartbeat tells.", heartbeats, restart),
)
