"""The broker: that it answers, runs with the settings that setup writes, and keeps the messages in a file."""

from collections.abc import Iterator

from mlopsctl.adapters.redis.server import ADMIN, RedisServer
from mlopsctl.core.deadline import poll
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import BROKER
from mlopsctl.core.states import ServiceAction
from mlopsctl.operations.doctor.check import Check, Finding, Group, Scope
from mlopsctl.operations.doctor.checks.services.running import change_services
from mlopsctl.operations.doctor.context import DoctorContext

POLL_INTERVAL = 0.1
WRITE_TIMEOUT = 60.0  # seconds until Redis must have written its messages to the disk


def check_broker(context: DoctorContext) -> Iterator[Finding]:
    try:
        _running_server(context).command("PING")
    except MlopsctlError as e:
        yield Finding(f"redis is running but does not answer: {e.message}", key=BROKER)


def check_broker_settings(context: DoctorContext) -> Iterator[Finding]:
    redis = context.platform.redis
    context.require_secrets(*(path.name for path in redis.passwords))
    if not redis.is_configured():
        yield Finding(f"{redis.conf} is not what setup writes.", details=())
    redis = _running_server(context)
    for name, (actual, value) in redis.changed_options().items():
        message = f"Redis runs with {name} = {actual or 'nothing'}, not {value or 'nothing'}."
        yield Finding(message, details=("CONFIG", "SET", name, value))
    for account, (actual, state) in redis.changed_accounts().items():
        message = f"the account {account} of Redis is {actual or 'missing'}, not {state or 'missing'}."
        yield Finding(message, details=("ACL", "SETUSER", account, state) if state else ("ACL", "DELUSER", account))


def check_broker_persistence(context: DoctorContext) -> Iterator[Finding]:
    if problem := _running_server(context).persistence_problem():
        note = "shows whether its disk is full; then"
        hint = Hint(line=f"df -h {context.home.redis}", note=note, other=("restart", BROKER))
        yield Finding(f"Redis cannot write its messages to the disk: {problem}.", hint)


def _running_server(context: DoctorContext) -> RedisServer:
    """Raises CheckSkipped if it does not run."""
    context.require_services(BROKER)
    context.require_secrets(f"redis-{ADMIN}-password")
    return context.platform.redis


def restart_broker(context: DoctorContext, _finding: Finding) -> Iterator[str]:
    context.platform.redis.write_conf()
    yield from change_services(context, ServiceAction.RESTART, (BROKER,))


def fix_settings(context: DoctorContext, finding: Finding) -> Iterator[str]:
    """Without a restart if that is enough: a server that was told to keep nothing would lose its messages."""
    redis = context.platform.redis
    if finding.details:
        yield from _tell(redis, *finding.details)
        return
    redis.write_conf()
    yield f"wrote {redis.conf}"
    if context.platform.supervisor.running():
        yield from _tell(redis, "CONFIG", "SET", "appendonly", "yes")
        yield from change_services(context, ServiceAction.RESTART, (BROKER,))


def _tell(redis: RedisServer, *words: str) -> Iterator[str]:
    """While Redis writes its first file, it ignores a request to stop, and would be killed later."""
    redis.command(*words)
    yield f"told Redis: {' '.join(words)}"
    poll(lambda: not redis.is_rewriting(), every=POLL_INTERVAL, give_up_after=WRITE_TIMEOUT)


CHECKS = (
    Check(
        "broker", Group.WORKERS, "Without the broker, no worker gets a task.",
        check_broker, restart_broker, Scope.HEAD,
    ),
    Check(
        "broker-settings", Group.WORKERS, "With other settings, messages can be lost, or read by other programs.",
        check_broker_settings, fix_settings, Scope.HEAD,
    ),
    Check(
        "broker-persistence", Group.WORKERS, "Messages that are not in its file are lost when the broker ends.",
        check_broker_persistence, scope=Scope.HEAD,
    ),
)  # fmt: skip
