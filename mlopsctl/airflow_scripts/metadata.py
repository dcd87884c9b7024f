"""Run by the managed Airflow's Python, for its database driver; Airflow itself is not imported (it costs seconds).

Reads JSON from stdin: {"url": SQLAlchemy's URL of the metadata, "sql": a query of one cell, JSON}.
Prints JSON: {"answer": that cell as text}.
"""

import json
import sys

import sqlalchemy

words = json.load(sys.stdin)
with sqlalchemy.create_engine(words["url"]).connect() as connection:
    # As it is: colons and per cent signs in it are not parameters.
    answer = connection.execution_options(no_parameters=True).exec_driver_sql(words["sql"]).scalar()
print(json.dumps({"answer": answer if isinstance(answer, str) else json.dumps(answer)}))  # noqa: T201
