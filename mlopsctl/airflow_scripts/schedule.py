"""Run by the managed Airflow's Python: the dates of a DAG's timetable in a range.

Reads JSON from stdin: {"timetable": as Airflow serializes it, "start", "end": instants, both inclusive}.
Prints JSON: {"slots": [[logical date, start and end of its data interval], …]} of the intervals that have ended, as in
Airflow's own backfill (airflow/models/backfill.py, _get_info_list).
"""

import json
import os
import sys

# Airflow's own timetables need no plugins, no ORM and no settings, which saves a second.
os.environ["_AIRFLOW__AS_LIBRARY"] = "1"

import pendulum
from airflow.serialization.decoders import decode_timetable
from airflow.timetables.base import TimeRestriction

request = json.load(sys.stdin)  # after the imports: the caller prepares it at the same time
if not request["timetable"]["__type"].startswith("airflow."):
    from airflow import settings

    settings.initialize()
timetable = decode_timetable(request["timetable"])
restriction = TimeRestriction(pendulum.parse(request["start"]), pendulum.parse(request["end"]), catchup=True)
now, slots, info = pendulum.now("UTC"), [], None
while info := timetable.next_dagrun_info_v2(last_dagrun_info=info, restriction=restriction):
    if info.data_interval and info.data_interval.end < now:
        instants = (info.logical_date, info.data_interval.start, info.data_interval.end)
        slots.append([at.isoformat() for at in instants])
print(json.dumps({"slots": slots}))  # noqa: T201
