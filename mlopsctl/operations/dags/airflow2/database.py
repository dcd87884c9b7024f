"""What Airflow 3 says where code reads its metadata database, and what to use instead."""

import re

# airflow.sdk.execution_time.supervisor.block_orm_access
METADATA_DATABASE = re.compile(
    r"Direct database access via the ORM is not allowed"
    r"|Access to the Airflow Metadatabase from dags is not allowed"
    r"|Database access is disabled from Dags"
    r"|airflow[.-]db[.-]not[.-]allowed"
)
INSTEAD = (
    "read variables with Variable.get, connections with BaseHook.get_connection, DAGs and runs with Airflow's REST API"
)
ADVICE = f"DAG files and tasks cannot use Airflow's metadata database in Airflow 3: {INSTEAD}"
