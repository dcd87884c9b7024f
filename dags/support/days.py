"""The day that a run is about. One notion for all pipelines, in the time zone of the data."""

from collections.abc import Mapping
from typing import Any

import pendulum

TIMEZONE = "Asia/Seoul"
START = pendulum.datetime(2023, 6, 1, tz=TIMEZONE)  # the first day of the exam data


def intervals(cron: str) -> Any:
    """A schedule whose run named D starts when the interval that begins on D has ended, and is about its data.

    Not the cron string itself: Airflow 3 makes a trigger timetable of that, whose run named D starts *on* D, when the
    data of D are not there yet.
    """
    from airflow.sdk import CronDataIntervalTimetable

    return CronDataIntervalTimetable(cron, timezone=TIMEZONE)


def day_param(title: str = "데이터 기준일", description: str = "비워 두면 실행(run)의 날짜입니다.") -> dict[str, Any]:
    """The field `base_dt` of a DAG's form, as its `params`: the day of the data, where it is not that of the run."""
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
    """The day whose data a run is about, as YYYYMMDD: `base_dt` of the form, else the run's date in Asia/Seoul.

    Not `ds_nodash`: that is the date in UTC, the day before for a logical date of 04:00 in Seoul, and a run without a
    logical date, which Airflow 3 allows, has none. For such a run it is the day on which it was started.
    """
    if named := (params or {}).get("base_dt"):
        return str(named)
    moment = pendulum.instance(dag_run.logical_date or dag_run.run_after)
    return str(moment.in_timezone(TIMEZONE).format("YYYYMMDD"))
