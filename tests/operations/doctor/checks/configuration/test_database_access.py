import pytest

from mlopsctl.adapters.mariadb.server import DATABASES
from mlopsctl.operations.doctor.checks.configuration.database_access import databases_without_rights, grant_statements
from tests.operations.doctor.checks.configuration.conftest import ConfiguredHome
from tests.operations.doctor.contexts import fix_first, is_ok, outcome

LOGIN = "GRANT USAGE ON *.* TO `our team`@`10.0.%` IDENTIFIED BY PASSWORD '*F00'"


@pytest.mark.parametrize(
    ("url", "database"), [("sqlite:////tmp/airflow.db", "SQLite"), ("mysql://u@127.0.0.1/airflow", "MariaDB")]
)
def test_metadata_in_an_unsupported_database(url: str, database: str, configured: ConfiguredHome) -> None:
    configured.set_option("sql_alchemy_conn", url)
    verdict, message = outcome("metadata-database", configured.root)
    assert verdict == "error" and database in message
    fix_first("metadata-database", configured.root)
    assert is_ok("metadata-database", configured.root)


def test_grants_for_the_databases_without_rights_only() -> None:
    grants = [LOGIN, *(f"GRANT ALL PRIVILEGES ON `{name}`.* TO `our team`@`10.0.%`" for name in ("mlops", "recipe"))]
    assert databases_without_rights(grants) == ["mlops_meta", "temp", "warehouse"]
    assert grant_statements(["mlops_meta", "temp"], grants) == (
        r"GRANT ALL ON `mlops\_meta`.* TO `our team`@`10.0.%`; GRANT ALL ON `temp`.* TO `our team`@`10.0.%`;"
    )


def test_rights_of_accounts_with_none_and_with_all() -> None:
    assert databases_without_rights([LOGIN]) == list(DATABASES)
    assert databases_without_rights(["GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost`"]) == []
