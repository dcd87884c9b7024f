"""Run by the managed Airflow's Python: the dates of a DAG's timetable in a range.

Reads JSON from stdin: {"timetable": as Airflow serializes it, "start", "end": instants, both inclusive}.
Prints JSON: {"slots": [[logical date, start and end of its data interval], …]} of the intervals that have ended, as in
Airflow's own backfill (airflow/models/backfill.py, _get_info_list).
"""

import json
import os
import sys
from typing import Any

# Airflow's own timetables need no plugins, no ORM and no settings, which saves a second.
os.environ["_AIRFLOW__AS_LIBRARY"] = "1"

import pendulum
from airflow.timetables.base import TimeRestriction

try:
    from airflow.serialization.decoders import decode_timetable
except ModuleNotFoundError:  # before 3.2
    from airflow.serialization.serialized_objects import decode_timetable

request = json.load(sys.stdin)  # after the imports: the caller prepares it at the same time
if not request["timetable"]["__type"].startswith("airflow."):
    from airflow import settings

    settings.initialize()
timetable = decode_timetable(request["timetable"])
restriction = TimeRestriction(pendulum.parse(request["start"]), pendulum.parse(request["end"]), catchup=True)


def next_info(last: Any) -> Any:
    """The slot after `last`, a DagRunInfo or None."""
    if hasattr(timetable, "next_dagrun_info_v2"):  # from 3.2
        return timetable.next_dagrun_info_v2(last_dagrun_info=last, restriction=restriction)
    interval = last and last.data_interval
    return timetable.next_dagrun_info(last_automated_data_interval=interval, restriction=restriction)


now, slots, info = pendulum.now("UTC"), [], None
while info := next_info(info):
    if info.data_interval and info.data_interval.end < now:
        instants = (info.logical_date, info.data_interval.start, info.data_interval.end)
        slots.append([at.isoformat() for at in instants])
print(json.dumps({"slots": slots}))  # noqa: T201
