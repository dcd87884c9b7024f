"""The broker: that it answers, runs with the settings that setup writes, and keeps the messages in a file."""

from collections.abc import Iterator

from mlopsctl.adapters.redis.server import ADMIN, RedisServer
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import BROKER
from mlopsctl.core.states import ServiceAction
from mlopsctl.operations.doctor.check import Check, Finding, Group, Scope
from mlopsctl.operations.doctor.checks.services.running import change_services
from mlopsctl.operations.doctor.context import DoctorContext

FILE = ""  # details of a finding: redis.conf is to be written; otherwise they are an option and its value


def check_broker(context: DoctorContext) -> Iterator[Finding]:
    try:
        _running_server(context).command("PING")
    except MlopsctlError as e:
        yield Finding(f"redis is running but does not answer: {e.message}", details=FILE, key=BROKER)


def check_broker_settings(context: DoctorContext) -> Iterator[Finding]:
    redis = context.platform.redis
    context.require_secrets(*(path.name for path in redis.passwords))
    if not redis.is_configured():
        yield Finding(f"{redis.conf} is not what setup writes.", details=FILE)
        return
    redis = _running_server(context)
    for name, (actual, value) in redis.changed_options().items():
        message = f"Redis runs with {name} = {actual or 'nothing'}, but redis.conf says {value or 'nothing'}."
        yield Finding(message, details=(name, value))
    for account in redis.changed_accounts():
        message = f"the account {account} of Redis was changed: it is not what redis.conf says."
        yield Finding(message, details=FILE)


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


def fix_broker(context: DoctorContext, finding: Finding) -> Iterator[str]:
    """An option is set without a restart: a server that has kept nothing would lose its messages."""
    redis = context.platform.redis
    if finding.details != FILE:
        name, value = finding.details
        redis.command("CONFIG", "SET", name, value)
        yield f"set {name} of Redis to {value}"
        return
    redis.write_conf()
    yield f"wrote {redis.conf}"
    if context.platform.supervisor.running():
        yield from change_services(context, ServiceAction.RESTART, (BROKER,))


CHECKS = (
    Check(
        "broker", Group.WORKERS, "Without the broker, no worker gets a task.",
        check_broker, fix_broker, Scope.HEAD,
    ),
    Check(
        "broker-settings", Group.WORKERS, "With other settings, messages can be lost, or read by other programs.",
        check_broker_settings, fix_broker, Scope.HEAD,
    ),
    Check(
        "broker-persistence", Group.WORKERS, "Messages that are not in its file are lost when the broker ends.",
        check_broker_persistence, scope=Scope.HEAD,
    ),
)  # fmt: skip
