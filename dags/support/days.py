"""Dates of runs: one definition for all pipelines, in the time zone of the data."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pendulum

TIMEZONE = "Asia/Seoul"
START = pendulum.datetime(2023, 6, 1, tz=TIMEZONE)  # the first day of the exam data


def interval_schedule(cron: str) -> Any:
    """A schedule with data intervals: the run dated D starts when the interval beginning on D has ended.

    Airflow 3 turns a plain cron string into a trigger timetable, whose run dated D starts on D, before the data of D
    are complete.
    """
    from airflow.sdk import CronDataIntervalTimetable

    return CronDataIntervalTimetable(cron, timezone=TIMEZONE)


def base_dt_param(
    title: str = "데이터 기준일", description: str = "비워 두면 실행(run)의 날짜입니다."
) -> dict[str, Any]:
    """DAG `params` with the field `base_dt`, which overrides the date of the run."""
    from airflow.sdk import Param

    return {
        "base_dt": Param(
            None,
            type=["null", "string"],
            pattern=r"^\d{8}$",
            title=title,
            description=f"YYYYMMDD. {description}",
        )
    }


def data_day(dag_run: Any, params: Mapping[str, Any] | None = None) -> str:
    """The day whose data a run processes, YYYYMMDD: the `base_dt` param, or the run's date in Asia/Seoul.

    Not `ds_nodash`: that is the UTC date, which is the day before for a logical date of 04:00 in Seoul, and it is
    missing for runs without a logical date (allowed since Airflow 3). Such a run gets the day on which it was started.
    """
    if base_dt := (params or {}).get("base_dt"):
        return str(base_dt)
    return _format(_run_moment(dag_run))


def day_after_month(dag_run: Any, params: Mapping[str, Any]) -> str:
    """`base_dt`, or the first day after the run's month, YYYYMMDD; never later than today."""
    return _cutoff_day(params, _run_moment(dag_run).add(months=1).start_of("month"))


def monday_after_week(dag_run: Any, params: Mapping[str, Any]) -> str:
    """`base_dt`, or the Monday after the run's week, YYYYMMDD; never later than today."""
    return _cutoff_day(params, _run_moment(dag_run).next(pendulum.MONDAY))


def _cutoff_day(params: Mapping[str, Any], default: pendulum.DateTime) -> str:
    """Capped at today, because defaults registered later are not known yet."""
    return min(str(params.get("base_dt") or _format(default)), _format(pendulum.today(TIMEZONE)))


def _run_moment(dag_run: Any) -> pendulum.DateTime:
    moment: datetime = dag_run.logical_date or dag_run.run_after
    return pendulum.instance(moment).in_timezone(TIMEZONE)


def _format(moment: pendulum.DateTime) -> str:
    return str(moment.format("YYYYMMDD"))
