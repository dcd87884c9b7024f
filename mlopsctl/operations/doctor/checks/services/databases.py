"""Whether both database servers answer, with the settings that setup writes."""

import re
from collections.abc import Callable, Iterator

from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import NO_HINT, Hint
from mlopsctl.core.states import ServiceAction
from mlopsctl.operations.doctor.check import Check, Finding, Group, Scope
from mlopsctl.operations.doctor.checks.services.heartbeats import resume_or_restart
from mlopsctl.operations.doctor.checks.services.running import change_services
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext

POSTGRES, MARIADB = "postgres", "mariadb"


def check_postgres_settings(context: DoctorContext) -> Iterator[Finding]:
    if context.platform.settings.external_metadata_db:
        raise CheckSkipped("the metadata database is external")
    server = context.platform.postgres
    if server.exists() and not server.is_configured():
        yield Finding(f"{server.conf} is not what setup writes.", details=POSTGRES)


def check_mariadb_settings(context: DoctorContext) -> Iterator[Finding]:
    if context.platform.settings.external_feature_store:
        raise CheckSkipped("the feature store is external")
    server = context.platform.mariadb
    if not server.exists():
        raise CheckSkipped("there is no feature store")
    if not server.is_configured():
        yield Finding(f"{server.conf} is not what setup writes.", details=MARIADB)
        return
    context.require_services(MARIADB)
    variables: dict[str, str] = dict(server.admin.query("SHOW GLOBAL VARIABLES"))
    for name, value in re.findall(r"^(\w+) = (.*)$", server.conf.read_text(encoding="utf-8"), re.MULTILINE):
        actual = variables.get({"default_time_zone": "time_zone"}.get(name, name), "")
        if normalize(actual) != normalize(value):
            yield Finding(f"MariaDB runs with {name} = {actual}, but my.cnf says {value}.", details=MARIADB)


def normalize(value: str) -> str:
    """One spelling for a value that the server and its configuration file write differently."""
    value = value.strip('"').rstrip("/")
    if found := re.fullmatch(r"(\d+)M", value):
        return str(int(found[1]) * 2**20)
    return {"1": "ON", "0": "OFF"}.get(value, value)


def fix_settings(context: DoctorContext, finding: Finding) -> Iterator[str]:
    server = context.platform.postgres if finding.details == POSTGRES else context.platform.mariadb
    server.write_conf()
    yield f"wrote {server.conf}"
    if context.platform.supervisor.running():
        yield from change_services(context, ServiceAction.RESTART, (finding.details,))


def check_databases(context: DoctorContext) -> Iterator[Finding]:
    """By a query: a server can accept connections and still reject ours."""
    platform = context.platform
    if not platform.settings.external_metadata_db:
        context.require_services(POSTGRES)
        context.require_secrets("postgres-airflow-password")
        yield from _query(POSTGRES, lambda: platform.postgres.query("SELECT 1"), platform.postgres.ready)
    if platform.settings.external_feature_store:
        context.require_secrets("feature-store-url")
        platform.features().query("SELECT 1")  # raises MlopsctlError if it fails
        return
    context.require_services(MARIADB)
    yield from _query(MARIADB, lambda: platform.mariadb.admin.query("SELECT 1"), platform.mariadb.ready)


def _query(name: str, query: Callable[[], object], ready: Callable[[], bool]) -> Iterator[Finding]:
    """A restart helps only if the server does not accept any connection."""
    try:
        query()
    except MlopsctlError as e:
        restart_helps = isinstance(e, Unavailable) and not ready()
        hint = NO_HINT if restart_helps else Hint.of("logs", name, "-n", "50")
        message = f"{name} is running but does not answer: {e.message}"
        yield Finding(message, hint, details=(name,), fixable=restart_helps, key=name)


CHECKS = (
    Check(
        "postgres-settings", Group.SERVICES, "The server uses this file at its next start.",
        check_postgres_settings, fix_settings, scope=Scope.PLATFORM,
    ),
    Check(
        "mariadb-settings", Group.SERVICES, "With another time zone or character set, queries return other results.",
        check_mariadb_settings, fix_settings, scope=Scope.PLATFORM,
    ),
    Check(
        "databases", Group.SERVICES, "A database server can run and still refuse connections.",
        check_databases, resume_or_restart, scope=Scope.PLATFORM,
    ),
)  # fmt: skip
