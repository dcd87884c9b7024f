"""The days of runs, in the time zone of the data."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

TIMEZONE = "Asia/Seoul"


def data_day(dag_run: Any) -> str:
    """The day whose data a run processes, as YYYYMMDD.

    Not `ds_nodash`: that is the UTC date, which can be the day before, and it is missing in a run that was started
    without a date. Such a run gets the day on which it was started.
    """
    moment: datetime = dag_run.logical_date or dag_run.run_after
    return moment.astimezone(ZoneInfo(TIMEZONE)).strftime("%Y%m%d")
