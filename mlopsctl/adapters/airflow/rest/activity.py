"""What goes on in Airflow just now, through its REST API: of all DAGs, the tasks and runs that move or have failed."""

from collections.abc import Sequence

from mlopsctl.adapters.airflow.rest import records
from mlopsctl.adapters.airflow.rest import routes as paths
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.core.model import ActiveTask

ALL = paths.runs("~")


class ActivityCalls:
    """The part of AirflowApi that a watcher looks at. What a look costs does not grow with the number of runs."""

    http: AirflowHttp

    def count_all_runs(self, state: str) -> int:
        return self.http.count(ALL, {"state": [state]})

    def tasks_now(self, states: Sequence[str], limit: int, order_by: str) -> tuple[list[ActiveTask], int]:
        """At most `limit` tasks of any DAG in such states, and how many there are. `order_by`: as the API names it."""
        params = {"state": list(states), "limit": limit, "order_by": order_by}
        page = self.http.get(f"{ALL}/~/taskInstances", params)
        return [records.active_task(raw) for raw in page["task_instances"]], int(page["total_entries"])
