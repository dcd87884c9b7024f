"""The feature store, through the Airflow connection that `mlopsctl setup` creates.

In the .sql files, parameters are written %(name)s.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
from airflow.providers.mysql.hooks.mysql import MySqlHook

CONNECTION = "feature_store"


def read(file: Path, parameters: Mapping[str, object]) -> pd.DataFrame:
    """The rows of a SELECT; decimals as floats."""
    with closing(MySqlHook(mysql_conn_id=CONNECTION).get_conn()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(file.read_text(encoding="utf-8"), parameters)
        columns = [column[0] for column in cursor.description]
        return pd.DataFrame.from_records(cursor.fetchall(), columns=columns, coerce_float=True)


def replace_day(create_table: Path, table: str, day: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Replace the rows of a day, in one transaction: running a day again does not duplicate anything."""
    with closing(MySqlHook(mysql_conn_id=CONNECTION).get_conn()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(create_table.read_text(encoding="utf-8"))
        # Without it, two runs that replace different days at the same time can block each other: at MariaDB's default
        # level, deleting a day that has no rows yet locks the days around it.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        cursor.execute(f"DELETE FROM {table} WHERE base_dt = %s", (day,))
        cursor.executemany(
            f"INSERT INTO {table} (base_dt, applicant_id, probability) VALUES (%s, %s, %s)",
            [(day, *row) for row in rows],
        )
        connection.commit()
