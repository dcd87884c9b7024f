"""Where Airflow keeps its metadata, and what the account of the feature store may do."""

import re
from collections.abc import Iterator, Sequence

from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.adapters.mariadb.server import ACCOUNT, DATABASES
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import NO_HINT, Hint
from mlopsctl.core.states import Verdict
from mlopsctl.operations.doctor.check import Check, Finding, Group, Scope
from mlopsctl.operations.doctor.checks.configuration.airflow_cfg import fix_airflow_cfg, read_airflow_cfg
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext
from mlopsctl.operations.setup.databases import check_metadata_url

TOO_FEW, TOO_MANY, LOGIN = "too-few", "too-many", "login"  # details of a finding


def check_metadata_database(context: DoctorContext) -> Iterator[Finding]:
    url = read_airflow_cfg(context).get(("database", "sql_alchemy_conn"), "sqlite")
    try:
        check_metadata_url(url)
    except MlopsctlError as e:
        own = not context.platform.settings.external_metadata_db
        hint = NO_HINT if own else Hint.of("setup", "--metadata-db", "postgresql://USER@HOST/airflow")
        yield Finding(e.message, hint, fixable=own)


def check_feature_store_rights(context: DoctorContext) -> Iterator[Finding]:
    context.require_services("mariadb")
    own = not context.platform.settings.external_feature_store
    context.require_secrets("mariadb-mlops-password" if own else "feature-store-url")
    try:
        rows = MariaDB.from_url(context.platform.feature_store_url()).without_database.query("SHOW GRANTS")
    except Unavailable as e:
        raise CheckSkipped("MariaDB does not answer") from e
    except MlopsctlError as e:
        hint = NO_HINT if own else Hint.of("setup", "--feature-store", "mysql://USER@HOST:3306/mlops")
        yield Finding(f"cannot log in to the feature store: {e.message}", hint, details=LOGIN, fixable=own)
        return
    grants = [row[0].replace("\\", "") for row in rows]
    if missing := databases_without_rights(grants):
        message = f"the feature store account lacks rights on {', '.join(missing)}."
        hint = NO_HINT if own else Hint(line=grant_statements(missing, grants))
        yield Finding(message, hint, details=TOO_FEW, fixable=own, key=TOO_FEW)
    if own and any(not g.startswith("GRANT USAGE ON *.*") and " ON *.* " in g for g in grants):
        message = "the feature store account has rights on all databases of the server, including its accounts."
        yield Finding(message, verdict=Verdict.WARNING, details=TOO_MANY)


def databases_without_rights(grants: Sequence[str]) -> list[str]:
    """The databases on which an account lacks rights, from the rows of SHOW GRANTS."""
    if any(grant.startswith("GRANT ALL PRIVILEGES ON *.*") for grant in grants):
        return []
    return [name for name in DATABASES if not any(f"ALL PRIVILEGES ON `{name}`.*" in grant for grant in grants)]


def grant_statements(databases: Sequence[str], grants: Sequence[str]) -> str:
    """SQL for the administrator of an external server."""
    account = next(found[1] for grant in grants if (found := re.search(r" TO (.+?@\S+)", grant)))
    names = [name.replace("_", r"\_") for name in databases]  # `_` is a wildcard in GRANT
    return " ".join(f"GRANT ALL ON `{name}`.* TO {account};" for name in names)


def fix_feature_store_rights(context: DoctorContext, finding: Finding) -> Iterator[str]:
    server = context.platform.mariadb
    if finding.details == TOO_MANY:
        for host in ("localhost", "127.0.0.1"):
            server.admin.run(f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM '{ACCOUNT}'@'{host}'")
    server.create_account()
    yield f"set the password of the account {ACCOUNT}, with rights on {', '.join(DATABASES)} only"


CHECKS = (
    Check(
        "metadata-database", Group.CONFIGURATION, "Airflow refuses backfills on SQLite and does not support MariaDB.",
        check_metadata_database, fix_airflow_cfg, scope=Scope.PLATFORM,
    ),
    Check(
        "feature-store-rights", Group.CONFIGURATION, "Without these rights, tasks fail when they write their results.",
        check_feature_store_rights, fix_feature_store_rights, scope=Scope.PLATFORM,
    ),
)  # fmt: skip
