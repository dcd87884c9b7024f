"""Run by the managed Airflow's Python, for its database drivers; Airflow itself is not imported (it costs seconds).

Reads JSON from stdin: {"url": SQLAlchemy's URL of the metadata, "dag_id"}.
Prints JSON: {"timezone": a name, an offset in seconds, or null}.
"""

import json
import sys

import sqlalchemy

QUERY = """
SELECT s.data FROM serialized_dag s JOIN dag_version v ON v.id = s.dag_version_id
WHERE s.dag_id = :dag_id ORDER BY v.version_number DESC LIMIT 1
"""

words = json.load(sys.stdin)
with sqlalchemy.create_engine(words["url"]).connect() as connection:
    data = connection.execute(sqlalchemy.text(QUERY), {"dag_id": words["dag_id"]}).scalar()
if isinstance(data, str):
    data = json.loads(data)
print(json.dumps({"timezone": data["dag"].get("timezone") if data else None}))  # noqa: T201
