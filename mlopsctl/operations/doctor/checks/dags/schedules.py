"""Schedules without any date, and those that leave out months."""

from collections.abc import Iterator

from mlopsctl.core.hint import Hint
from mlopsctl.core.states import Verdict
from mlopsctl.operations.dags import cron_dates
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import DoctorContext


def check_schedules(context: DoctorContext) -> Iterator[Finding]:
    for dag in context.cached("dags", context.api.dags):
        for problem in cron_dates.problems(dag.schedule or ""):
            what = "has no date" if problem.never else "leaves out months"
            verdict = Verdict.ERROR if problem.never else Verdict.WARNING
            yield Finding(f"the schedule of {dag.dag_id} {what}: {problem.message}.", Hint(note=problem.hint), verdict)


CHECKS = (
    Check(
        "dag-schedules", Group.DAGS, "Airflow lists a DAG whose schedule matches no day as healthy, and never runs it.",
        check_schedules,
    ),
)  # fmt: skip
