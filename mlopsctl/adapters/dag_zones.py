"""The time zones of DAGs, from Airflow's metadata.

Its REST API has a field for them, but (3.3.2) puts `[core] default_timezone` there for every DAG.
"""

from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.airflow_cli import AirflowCli
from mlopsctl.adapters.postgres import Postgres, sql_text

# The last version of the DAG as the dag-processor wrote it down: a name, or an offset in seconds.
QUERY = """
SELECT s.data -> 'dag' ->> 'timezone' FROM serialized_dag s JOIN dag_version v ON v.id = s.dag_version_id
WHERE s.dag_id = {} ORDER BY v.version_number DESC LIMIT 1
"""


@dataclass(frozen=True)
class DagZones:
    """`external_url`: the file with the URL of a metadata database that is not the home's own; None: it is."""

    postgres: Postgres
    airflow: AirflowCli
    external_url: Path | None = None

    def of(self, dag_id: str) -> str | None:
        """`Asia/Seoul`, `UTC`, `+09:00`; None where Airflow has not written the DAG down. Raises Unavailable."""
        sql = QUERY.format(sql_text(dag_id))
        found = self._by_script(dag_id) if self.external_url else self.postgres.query(sql)
        return named(found) if found else None

    def _by_script(self, dag_id: str) -> str:
        """Any database that Airflow supports, by the drivers of its own venv."""
        assert self.external_url  # noqa: S101  # of() asked
        url = self.external_url.read_text(encoding="utf-8").strip()
        return str(self.airflow.script("dag_zone", {"url": url, "dag_id": dag_id})["timezone"] or "")


def named(zone: str) -> str:
    """A fixed offset is written down as its seconds."""
    try:
        minutes = int(zone) // 60
    except ValueError:
        return zone
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
