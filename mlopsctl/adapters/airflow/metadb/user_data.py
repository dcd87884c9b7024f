"""What a reset of Airflow's metadata would delete (3.3)."""

from collections.abc import Collection

from mlopsctl.adapters.postgres.server import sql_text

HAS_TABLES = "SELECT to_regclass('ab_user') IS NOT NULL"  # the auth manager creates this table last
_COUNTS = """SELECT json_build_object(
  'runs', (SELECT count(*) FROM dag_run),
  'users', (SELECT count(*) FROM ab_user WHERE username NOT IN ({users})),
  'connections', (SELECT count(*) FROM connection WHERE {not_ours}),
  'variables', (SELECT count(*) FROM variable WHERE {not_ours}),
  'pools', (SELECT count(*) FROM slot_pool WHERE pool <> 'default_pool'))"""


def count_query(own_users: Collection[str], own_description: str) -> str:
    """A query for a JSON object: the numbers of runs, and of the users, connections, variables and pools that mlopsctl
    has not created. `own_description`: that of the connections and variables that it has."""
    return _COUNTS.format(
        users=", ".join(map(sql_text, own_users)), not_ours=f"description IS DISTINCT FROM {sql_text(own_description)}"
    )
