"""Run by the managed Airflow's Python, for its database driver: a query on the metadata. Airflow itself is not
imported, which would take seconds.

Reads JSON from stdin: {"url": SQLAlchemy's URL of the database, "sql": a query that returns one JSON value}.
Prints JSON: {"answer": that value as text}.
"""

import json
import sys

import sqlalchemy

request = json.load(sys.stdin)
with sqlalchemy.create_engine(request["url"]).connect() as connection:
    # Unchanged: colons and percent signs in the query are not parameters.
    answer = connection.execution_options(no_parameters=True).exec_driver_sql(request["sql"]).scalar()
print(json.dumps({"answer": answer if isinstance(answer, str) else json.dumps(answer)}))  # noqa: T201
