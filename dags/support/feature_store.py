"""The feature store, reached through the Airflow connection `feature_store`.

Each statement is a .sql file next to its DAG. Parameters are written %(name)s, and a percent sign %%.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.providers.mysql.hooks.mysql import MySqlHook
    from pandas import DataFrame

CONNECTION = "feature_store"
Parameters = Mapping[str, object]


def read_statement(file: Path) -> str:
    """The SQL statement in a file."""
    return file.read_text(encoding="utf-8")


@cache
def _hook() -> "MySqlHook":
    """One for all transactions of a task: it keeps the address and the password, for which it asks the API server."""
    from airflow.providers.mysql.hooks.mysql import MySqlHook

    return MySqlHook(mysql_conn_id=CONNECTION)


@contextmanager
def transaction() -> Iterator[Any]:
    """A MySQLdb cursor. All its statements are committed at the end of the block, or none of them."""
    with closing(_hook().get_conn()) as connection:
        # If an exception skips the commit, closing the connection makes the server roll back.
        with closing(connection.cursor()) as cursor:
            # At the default level, deleting a day without rows locks the gap between its neighbours. Two runs of a
            # backfill that then insert into the same gap would deadlock.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            yield cursor
        connection.commit()


def execute(*files: Path, parameters: Parameters | None = None) -> int:
    """Run statements in one transaction with the same parameters; return the row count of the last one."""
    with transaction() as cursor:
        for file in files:
            cursor.execute(read_statement(file), parameters or {})
        return int(cursor.rowcount)


def fetch_rows(file: Path, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
    """The rows of a SELECT."""
    with transaction() as cursor:
        cursor.execute(read_statement(file), parameters or {})
        return list(cursor.fetchall())


def fetch_value(file: Path, parameters: Parameters | None = None) -> Any:
    """The first column of the first row of a SELECT; None if there are no rows."""
    rows = fetch_rows(file, parameters)
    return rows[0][0] if rows else None


def fetch_frame(file: Path, parameters: Parameters | None = None) -> "DataFrame":
    """The rows of a SELECT as a pandas DataFrame: decimals as floats, missing values as None or NaN."""
    from pandas import DataFrame

    with transaction() as cursor:
        cursor.execute(read_statement(file), parameters or {})
        columns = [column[0] for column in cursor.description]
        return DataFrame.from_records(cursor.fetchall(), columns=columns, coerce_float=True)
