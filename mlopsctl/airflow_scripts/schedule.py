"""Run by the managed Airflow's Python: what a DAG's own timetable makes of a range.

Reads JSON from stdin: {"timetable": as Airflow serializes it, "start", "end": instants, both inclusive}.
Prints JSON: {"slots": [[logical date, start and end of its data interval], …]} of the intervals that are over, as
Airflow's own backfill has them (airflow/models/backfill.py, _get_info_list).
"""

import json
import os
import sys

# A timetable of Airflow's own needs no plugins, no ORM and no settings: a second less.
os.environ["_AIRFLOW__AS_LIBRARY"] = "1"

import pendulum
from airflow.serialization.decoders import decode_timetable
from airflow.timetables.base import TimeRestriction

words = json.load(sys.stdin)  # not before: who asks looks for them meanwhile
if not words["timetable"]["__type"].startswith("airflow."):
    from airflow import settings

    settings.initialize()
timetable = decode_timetable(words["timetable"])
restriction = TimeRestriction(pendulum.parse(words["start"]), pendulum.parse(words["end"]), catchup=True)
now, slots, info = pendulum.now("UTC"), [], None
while info := timetable.next_dagrun_info_v2(last_dagrun_info=info, restriction=restriction):
    if info.data_interval and info.data_interval.end < now:
        instants = (info.logical_date, info.data_interval.start, info.data_interval.end)
        slots.append([at.isoformat() for at in instants])
print(json.dumps({"slots": slots}))  # noqa: T201
