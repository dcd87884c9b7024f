"""The feature store, through Airflow's connection of that name. Statements stand in .sql files, beside their DAG."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame

CONNECTION = "feature_store"
Parameters = Mapping[str, object]


def sql(file: Path) -> str:
    """The one statement in a file; its parameters are written %(name)s, and a percent sign %%."""
    return file.read_text(encoding="utf-8")


@contextmanager
def transaction() -> Iterator[Any]:
    """A cursor (of MySQLdb) whose statements are all done at the end of the block, or none of them."""
    from airflow.providers.mysql.hooks.mysql import MySqlHook

    with closing(MySqlHook(mysql_conn_id=CONNECTION).get_conn()) as connection:
        # Left without a commit, by an exception, the connection is closed and the server rolls back.
        with closing(connection.cursor()) as cursor:
            # Else a DELETE of a day without rows locks the gap between its neighbours, and two runs of a backfill that
            # then insert their days into one gap wait for each other: a deadlock.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            yield cursor
        connection.commit()


def execute(*statements: str, parameters: Parameters | None = None) -> int:
    """Run statements in one transaction, each with the same parameters; how many rows the last one wrote."""
    with transaction() as cursor:
        for statement in statements:
            cursor.execute(statement, parameters or {})
        return int(cursor.rowcount)


def rows(statement: str, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
    """The rows of a SELECT."""
    with transaction() as cursor:
        cursor.execute(statement, parameters or {})
        return list(cursor.fetchall())


def frame(statement: str, parameters: Parameters | None = None) -> "DataFrame":
    """The rows of a SELECT as a pandas DataFrame, decimals as floats; missing values are None or NaN."""
    from pandas import DataFrame

    with transaction() as cursor:
        cursor.execute(statement, parameters or {})
        columns = [column[0] for column in cursor.description]
        return DataFrame.from_records(cursor.fetchall(), columns=columns, coerce_float=True)
