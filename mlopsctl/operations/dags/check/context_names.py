"""Names that Airflow 3 removed from the context of tasks, and expressions with the same value.

Sources: "Templates reference" of Airflow 2.11 and of Airflow 3, and airflow.models.taskinstance of 2.7.2 for what the
names stand for. All values agree for runs of a schedule with data intervals; rules/schedules.py keeps those.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mlopsctl.operations.dags.check.dag_calls import DagCall, has_daylight_saving

DATE = '"%Y-%m-%d"'


@dataclass(frozen=True)
class Replacement:
    """`template`: the expression in Jinja, its quotes written as `"`. `code`: the same in Python, each name of the
    context in braces. `closed`: the expression needs no parentheses whatever is around it."""

    template: str
    code: str
    closed: bool = True


def _days(days: int) -> Replacement:
    return Replacement(f"macros.ds_add(ds, {days})", f"{{macros}}.ds_add({{ds}}, {days})")


def _without_dashes(date: Replacement) -> Replacement:
    return Replacement(f'{date.template}.replace("-", "")', f'{date.code}.replace("-", "")')


def _date_of(moment: Replacement) -> Replacement:
    return Replacement(f"{moment.template} | ds", f"{moment.code}.strftime({DATE})", closed=False)


LOGICAL_DATE = Replacement("logical_date", "{logical_date}")
INTERVAL_END = Replacement("data_interval_end", "{data_interval_end}")
DS = Replacement("ds", "{ds}")

REPLACEMENTS: Mapping[str, Replacement] = {
    "execution_date": LOGICAL_DATE,
    "next_execution_date": INTERVAL_END,
    "next_ds": _date_of(INTERVAL_END),
    "next_ds_nodash": Replacement(
        "data_interval_end | ds_nodash", '{data_interval_end}.strftime("%Y%m%d")', closed=False
    ),
    "yesterday_ds": _days(-1),
    "yesterday_ds_nodash": _without_dashes(_days(-1)),
    "tomorrow_ds": _days(1),
    "tomorrow_ds_nodash": _without_dashes(_days(1)),
    "prev_execution_date_success": Replacement(
        "prev_data_interval_start_success", "{prev_data_interval_start_success}"
    ),
}
PREVIOUS = ("prev_execution_date", "prev_ds", "prev_ds_nodash")
WITHOUT_EQUIVALENT: Mapping[str, str] = {
    **dict.fromkeys(PREVIOUS, "compute it from logical_date; what the previous run is depends on the schedule"),
    "conf": "pass the setting to the task, for example with params=",
    "test_mode": "leave it out",
    "latest_date": "leave it out",
    "triggering_dataset_events": "use triggering_asset_events, whose keys are assets",
    "inlet_events_by_dataset": "use inlet_events",
}
REMOVED = frozenset({*REPLACEMENTS, *WITHOUT_EQUIVALENT})
# Objects in the context, by each of their names; and attributes that they had.
OBJECTS: Mapping[str, str] = {"dag_run": "dag_run", "ti": "ti", "task_instance": "ti"}
BY_HAND = '("manual", "operator_triggered")'
ATTRIBUTES: Mapping[tuple[str, str], Replacement] = {
    ("dag_run", "execution_date"): Replacement("logical_date", "{dag_run}.logical_date"),
    ("dag_run", "external_trigger"): Replacement(
        f"dag_run.run_type in {BY_HAND}", f"({{dag_run}}.run_type in {BY_HAND})", closed=False
    ),
    ("ti", "execution_date"): LOGICAL_DATE,
}
ATTRIBUTES_WITHOUT_EQUIVALENT: Mapping[tuple[str, str], str] = {
    ("dag_run", "get_task_instances"): "ask Airflow's REST API; tasks cannot reach the metadata database",
    ("dag_run", "get_task_instance"): "ask Airflow's REST API; tasks cannot reach the metadata database",
    ("dag_run", "get_previous_dagrun"): "use prev_start_date_success or prev_data_interval_start_success",
    ("ti", "duration"): "subtract ti.start_date from the current time",
    ("ti", "get_dagrun"): "use dag_run of the context",
    ("ti", "previous_ti"): "use prev_start_date_success or prev_data_interval_start_success",
    ("ti", "get_previous_ti"): "use prev_start_date_success or prev_data_interval_start_success",
    ("ti", "next_try_number"): "use ti.try_number + 1",
}


def replacement(name: str, dags: Iterable[DagCall]) -> Replacement | None:
    """An expression with the value of a removed name; None if there is none.

    `dags`: those whose tasks can use it. What the previous run is depends on their schedules.
    """
    if name in REPLACEMENTS:
        return REPLACEMENTS[name]
    if name not in PREVIOUS:
        return None
    found = {_previous(name, dag) for dag in dags}
    return found.pop() if len(found) == 1 else None


def _previous(name: str, dag: DagCall) -> Replacement | None:
    """All runs of a DAG without a schedule are triggered by hand; for those Airflow 2 gives the run's own date."""
    if dag.unscheduled:
        return {"prev_ds": DS, "prev_ds_nodash": Replacement("ds_nodash", "{ds_nodash}")}.get(name, LOGICAL_DATE)
    days = _days_between_runs(dag)
    if not days or not _has_days_of_24_hours(dag):
        return None
    moment = Replacement(f"logical_date.subtract(days={days})", f"{{logical_date}}.subtract(days={days})")
    date = _days(-days)
    return {"prev_ds": date, "prev_ds_nodash": _without_dashes(date)}.get(name, moment)


def _has_days_of_24_hours(dag: DagCall) -> bool:
    """Whether the dates of its runs in UTC are as far from each other as those in its time zone."""
    if dag.timezone in ("", '"UTC"'):
        return True
    return bool(dag.timezone and dag.zone) and not has_daylight_saving(dag.zone or "")


def _days_between_runs(dag: DagCall) -> int:
    """0 unless it is the same number of whole days from each run to the next."""
    fields = (dag.cron or "").split()
    if len(fields) != 5 or not (fields[0].isdigit() and fields[1].isdigit()) or fields[2:4] != ["*", "*"]:
        return 0
    return 1 if fields[4] == "*" else 7 if fields[4].isdigit() else 0
