"""supervisord.conf: how the services of a home are run."""

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field

from mlopsctl.core.paths import Home

MARK = "MLOPSCTL_SERVICE_OF"  # in the environment of every service: which home it belongs to


@dataclass(frozen=True)
class Program:
    """How a service is run. `user`: the account, where it is not ours. `port`: what it listens on, if anything."""

    name: str
    command: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_signal: str = "TERM"
    port: int | None = None


def render(home: Home, programs: Iterable[Program]) -> str:
    """supervisord.conf. `autostart` is off everywhere: mlopsctl starts in order, and waits for each."""
    return _HEAD.format(run=_ini(home.run), logs=_ini(home.logs)) + "".join(_program(home, p) for p in programs)


def sections(conf: str) -> dict[str, str]:
    """What a text that `render` made says of each service, by its name."""
    found = re.findall(r"^\[program:(.+)\]\n((?:(?!\[).*\n?)*)", conf, re.MULTILINE)
    return {name: text.strip() for name, text in found}


_HEAD = """\
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
    env = program.env | {MARK: str(home.root)}
    environment = ",".join(f'{k}="{_ini(v)}"' for k, v in env.items())
    user = f"user={program.user}\n" if program.user else ""
    return f"""
[program:{program.name}]
command={_ini(shlex.join(program.command))}
environment={environment}
{user}directory={_ini(home.services_cwd)}
autostart=false
autorestart=true
startsecs=1
startretries=10
stopsignal={program.stop_signal}
stopwaitsecs=60
stopasgroup={"false" if program.name in ("postgres", "mariadb") else "true"}
killasgroup=true
redirect_stderr=true
stdout_logfile={_ini(home.log_of(program.name))}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""


def _ini(value: object) -> str:
    return str(value).replace("%", "%%")
