"""Run by the managed Airflow's Python: the dates of a DAG's timetable in a range.

Reads JSON from stdin: {"timetable": as Airflow serializes it, "start", "end": instants, both inclusive, "limit": the
number of slots after which to stop}.
Prints JSON: {"slots": [[logical date, start and end of its data interval], …]} of the intervals that have ended, as in
Airflow's own backfill (airflow/models/backfill.py, _get_info_list).
"""

import json
import os
import sys
from functools import lru_cache
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
RANGE = TimeRestriction(pendulum.parse(request["start"]), pendulum.parse(request["end"]), catchup=True)


# A timetable of data intervals aligns each slot to the start again and computes each end twice: 0.55 ms for a date,
# 0.2 ms without that.
COSTLY = type(timetable).__module__ == "airflow.timetables.interval"
if COSTLY and hasattr(timetable, "_get_next"):
    timetable._get_next = lru_cache(maxsize=4)(timetable._get_next)


def next_info(last: Any) -> Any:
    """The slot after `last`, a DagRunInfo or None."""
    restriction = RANGE._replace(earliest=None) if last and COSTLY else RANGE
    if hasattr(timetable, "next_dagrun_info_v2"):  # from 3.2
        return timetable.next_dagrun_info_v2(last_dagrun_info=last, restriction=restriction)
    interval = last and last.data_interval
    return timetable.next_dagrun_info(last_automated_data_interval=interval, restriction=restriction)


now, info, slots = pendulum.now("UTC"), None, list[list[str]]()
while len(slots) < request["limit"] and (info := next_info(info)):
    if info.data_interval and info.data_interval.end < now:
        instants = (info.logical_date, info.data_interval.start, info.data_interval.end)
        slots.append([at.isoformat() for at in instants])
print(json.dumps({"slots": slots}))  # noqa: T201
