"""All checks, in the order in which they run, are shown and are fixed."""

from collections.abc import Sequence

from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.settings import Settings
from mlopsctl.operations.doctor.check import Check, Group
from mlopsctl.operations.doctor.checks.configuration import (
    airflow_cfg,
    database_access,
    environment,
    network,
    secrets,
    settings,
)
from mlopsctl.operations.doctor.checks.dags import (
    airflow2_code,
    bytecode,
    imports,
    links,
    names,
    parsing,
    schedules,
)
from mlopsctl.operations.doctor.checks.data import seeded_days
from mlopsctl.operations.doctor.checks.installation import home, packages, providers, venv
from mlopsctl.operations.doctor.checks.machine import clock, file_system, package_index, resources, software, windows
from mlopsctl.operations.doctor.checks.runs import stuck, waiting
from mlopsctl.operations.doctor.checks.services import (
    databases,
    heartbeats,
    leftovers,
    metadata,
    ports,
    preload,
    running,
)
from mlopsctl.operations.doctor.checks.workers import (
    broker,
    certificates,
    head_connection,
    hosts,
    queues,
    slots,
    storage,
    tunnel,
)

CHECKS: tuple[Check, ...] = (
    *software.CHECKS,
    *resources.CHECKS,
    *clock.CHECKS,
    *windows.CHECKS,
    *file_system.CHECKS,
    *package_index.CHECKS,
    *home.CHECKS,
    *venv.CHECKS,
    *packages.CHECKS,
    *secrets.CHECKS,
    *settings.CHECKS,
    *airflow_cfg.CHECKS,
    *environment.CHECKS,
    *network.CHECKS,
    *database_access.CHECKS,
    *leftovers.CHECKS,
    *ports.CHECKS,
    *running.CHECKS,
    *heartbeats.CHECKS,
    *preload.CHECKS,
    *databases.CHECKS,
    *metadata.CHECKS,
    *tunnel.CHECKS,
    *certificates.CHECKS,
    *broker.CHECKS,
    *head_connection.CHECKS,
    *hosts.CHECKS,
    *queues.CHECKS,
    *slots.CHECKS,
    *storage.CHECKS,
    *links.CHECKS,
    *bytecode.CHECKS,
    *imports.CHECKS,
    *providers.CHECKS,
    *names.CHECKS,
    *airflow2_code.CHECKS,
    *parsing.CHECKS,
    *schedules.CHECKS,
    *waiting.CHECKS,
    *stuck.CHECKS,
    *seeded_days.CHECKS,
)


def select_checks(names: Sequence[str], settings: Settings | None = None) -> list[Check]:
    """The checks with these names or in these groups; all of them without names. With `settings`, those that a home
    with these settings does not have are left out, unless they are named. Raises UsageError for an unknown name."""
    import difflib

    known = [*Group, *(check.name for check in CHECKS)]
    for name in names:
        if name not in known:
            similar = difflib.get_close_matches(name, known, 1)
            raise UsageError(
                f"there is no check or group {name!r}.",
                hint=Hint.of("doctor", "--only", similar[0]) if similar else Hint.of("doctor", "--list-checks"),
            )
    present = [check for check in CHECKS if not settings or not check.why_left_out(settings)]
    chosen = [check for check in present if not names or check.group in names]
    return [check for check in CHECKS if check in chosen or check.name in names]
