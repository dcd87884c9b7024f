"""Operators that current releases of their providers do not have, and what replaces them.

From the changelogs of the providers, and the classes in their releases of October 2023 and November 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

SQL = "airflow.providers.common.sql.operators.sql"


@dataclass(frozen=True)
class Successor:
    """What replaces an operator. `arguments`: their new names. `default`: the argument that had another default."""

    module: str
    name: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    default: tuple[str, str] | None = None

    @property
    def import_line(self) -> str:
        return f"from {self.module} import {self.name}"

    def __str__(self) -> str:
        """`from … import …, with conn_id= instead of mysql_conn_id=`."""
        renamed = ", ".join(f"{new}= instead of {old}=" for old, new in self.arguments.items())
        return self.import_line + (f", with {renamed}" if renamed else "")


def _sql(connection: str, default: str) -> Successor:
    return Successor(SQL, "SQLExecuteQueryOperator", {connection: "conn_id"}, ("conn_id", default))


SUCCESSORS: Mapping[str, Successor] = {
    "MySqlOperator": _sql("mysql_conn_id", "mysql_default"),
    "PostgresOperator": _sql("postgres_conn_id", "postgres_default"),
    "SqliteOperator": _sql("sqlite_conn_id", "sqlite_default"),
    "MsSqlOperator": _sql("mssql_conn_id", "mssql_default"),
    "SnowflakeOperator": _sql("snowflake_conn_id", "snowflake_default"),
    "OracleOperator": _sql("oracle_conn_id", "oracle_default"),
    "JdbcOperator": _sql("jdbc_conn_id", "jdbc_default"),
    "TrinoOperator": _sql("trino_conn_id", "trino_default"),
    "VerticaOperator": _sql("vertica_conn_id", "vertica_default"),
    "RedshiftSQLOperator": _sql("redshift_conn_id", "redshift_default"),
    "SimpleHttpOperator": Successor("airflow.providers.http.operators.http", "HttpOperator"),
}
