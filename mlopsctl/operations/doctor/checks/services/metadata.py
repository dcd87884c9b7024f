"""Airflow's metadata: migrated for the installed release, with an account for mlopsctl."""

import re
from collections.abc import Iterator

from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.operations.doctor.check import Check, Finding, Group, Scope
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext
from mlopsctl.operations.setup.initialise import InitialiseStep
from mlopsctl.operations.setup.request import SetupRequest

# The tables that hold the current revision of a schema, and the files in which Airflow names the newest.
_CORE = ("alembic_version", "airflow/utils/db.py")
_FAB = ("alembic_version_fab", "airflow/providers/fab/auth_manager/models/db.py")


def check_schema(context: DoctorContext) -> Iterator[Finding]:
    if context.platform.settings.external_metadata_db:
        raise CheckSkipped("the metadata database is external")
    context.require_services("postgres")
    context.require_secrets("postgres-airflow-password")
    query = context.platform.postgres.query
    for table, file in (_CORE, _FAB) if context.platform.airflow.release.migrates_fab else (_CORE,):
        revisions = _known_revisions((context.site_packages / file).read_text(encoding="utf-8"))
        exists = query(f"SELECT coalesce(to_regclass('{table}')::text, '')")
        found = query(f"SELECT version_num FROM {table}") if exists else ""
        if revisions and found != revisions[-1]:
            state = f"has revision {found}" if found else "is empty"
            message = f"Airflow's metadata {state}, but the installed Airflow needs {revisions[-1]} ({table})."
            yield Finding(message)


def _known_revisions(source: str) -> list[str]:
    """The schema revisions in a source file of Airflow, the newest last."""
    _, _, entries = "".join(re.split(r"_REVISION_HEADS_MAP(?:: dict\[str, str\])? = ", source)[1:2]).partition("{")
    entries = entries.partition("}")[0]
    return re.findall(r'"[\d.]+": "(\w+)"', entries)


def check_login(context: DoctorContext) -> Iterator[Finding]:
    context.require_services("api-server", "postgres")
    try:
        context.platform.api.count_dags()
    except Unavailable as e:
        raise CheckSkipped("Airflow's API does not answer") from e
    except MlopsctlError as e:
        yield Finding(e.message)


def migrate_metadata(context: DoctorContext, _finding: Finding) -> Iterator[str]:
    """As setup does: migrate the schema, create users and connections."""
    yield from InitialiseStep(SetupRequest(context.platform)).do()
    yield "migrated the metadata, and restored users and connections"


CHECKS = (
    Check(
        "schema", Group.SERVICES, "Airflow does not start with the tables of another release.",
        check_schema, migrate_metadata, scope=Scope.PLATFORM,
    ),
    Check(
        "login", Group.SERVICES, "mlopsctl controls Airflow through an account of its own.",
        check_login, migrate_metadata, scope=Scope.PLATFORM,
    ),
)  # fmt: skip
