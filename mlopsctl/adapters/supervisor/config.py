"""supervisord.conf: how the services of a home are run."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field

from mlopsctl.core.paths import STORES, WORKER, Home

ALONE = (*STORES, WORKER)  # the processes that they started get no signal: a worker's are at work on tasks
HOME_VARIABLE = "MLOPSCTL_SERVICE_OF"  # in the environment of every service: the home that it belongs to


@dataclass(frozen=True)
class Program:
    """How a service is run. `user`: the account, if it is not ours. `port`: the one it listens on, if any.
    `stop_seconds`: how long it may take to stop before it is killed."""

    name: str
    command: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_signal: str = "TERM"
    port: int | None = None
    stop_seconds: int = 60


def render(home: Home, programs: Iterable[Program]) -> str:
    """supervisord.conf. `autostart` is off: mlopsctl starts services in order, and waits for each."""
    return _DAEMON.format(run=_escape(home.run), logs=_escape(home.logs)) + "".join(_program(home, p) for p in programs)


def parse(conf: str) -> dict[str, dict[str, str]]:
    """The options of each service in a supervisord.conf."""
    from configparser import RawConfigParser

    parser = RawConfigParser(delimiters="=", comment_prefixes=";")
    parser.read_string(conf)
    services = [section for section in parser.sections() if section.startswith("program:")]
    return {section.removeprefix("program:"): dict(parser[section]) for section in services}


_DAEMON = """\
; Written by mlopsctl; changes are overwritten.
[unix_http_server]
file={run}/supervisor.sock
chmod=0700

[supervisord]
logfile={logs}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=2
pidfile={run}/supervisord.pid
childlogdir={logs}
umask=077
strip_ansi=true

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""


def _program(home: Home, program: Program) -> str:
    env = program.env | {HOME_VARIABLE: str(home.root)}
    environment = ",".join(f'{k}="{_escape(v)}"' for k, v in env.items())
    user = f"user={program.user}\n" if program.user else ""
    return f"""
[program:{program.name}]
command={_escape(shlex.join(program.command))}
environment={environment}
{user}directory={_escape(home.services_cwd)}
autostart=false
autorestart=true
startsecs=1
startretries=10
stopsignal={program.stop_signal}
stopwaitsecs={program.stop_seconds}
stopasgroup={"false" if program.name in ALONE else "true"}
killasgroup=true
redirect_stderr=true
stdout_logfile={_escape(home.log_of(program.name))}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""


def _escape(value: object) -> str:
    """supervisord expands `%(name)s`."""
    return str(value).replace("%", "%%")
