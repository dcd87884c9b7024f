"""Plans for tests of words and screens, without an Airflow."""

from datetime import UTC, date, datetime, timedelta

from mlopsctl.core.model import DagDetails, PlannedRun
from mlopsctl.core.states import EngineName, RunState
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest

DAG = DagDetails("d", None, "Asia/Seoul", False, False, "/h/d.py")


def plan_of(*states: str, request: BackfillRequest | None = None, dag: DagDetails = DAG) -> BackfillPlan:
    """A plan of as many days of January as there are states."""
    request, first = request or BackfillRequest(), date(2024, 1, 1)
    runs = tuple(
        PlannedRun(
            first + timedelta(days=n),
            datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=n),
            request.action_for(RunState(state)), RunState(state), f"r{n}" if state else "",
        )
        for n, state in enumerate(states)
    )  # fmt: skip
    return BackfillPlan(dag, request, first, runs[-1].date, EngineName.PER_RUN, runs)
