"""Run by the managed Airflow 2's Python: the dates of a DAG's schedule, and runs for them, which API v1 can give the
wrong data interval only.

Reads a JSON object per line until its input ends, and answers each with one: a start of Airflow takes seconds.

| request                                                                | answer                             |
|------------------------------------------------------------------------|------------------------------------|
| {"slots": {"dag_id", "start", "end", "limit"}}: both inclusive         | {"slots": [[logical date, start    |
|                                                                        | and end of its data interval], …]} |
|                                                                        | of the intervals that have ended   |
| {"create": {"dag_id", "run_id", "logical_date", "interval", "conf"}}   | {"created": false if that run_id   |
|                                                                        | or logical date already has a run} |

Or {"rejected": reason}; {"unserialized": dag_id} for a DAG that Airflow has not read yet; {"unavailable": reason} if
the database does not answer.
"""

# ruff: noqa: E402

import json
import os
import sys
from functools import lru_cache
from typing import Any

ANSWERS = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)  # what Airflow prints, also while it is imported, is no answer

import pendulum
from airflow.exceptions import AirflowException
from airflow.models.dagrun import DagRun
from airflow.models.serialized_dag import SerializedDagModel
from airflow.timetables.base import DataInterval, TimeRestriction
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunType
from sqlalchemy.exc import IntegrityError, OperationalError


class NotSerialized(Exception):
    """The metadata database does not have the DAG yet."""


@lru_cache(maxsize=1)
def read_dag(dag_id: str) -> Any:
    row = SerializedDagModel.get(dag_id)
    if row is None:
        raise NotSerialized(dag_id)
    return row.dag, row.dag_hash


def slots(dag_id: str, start: str, end: str, limit: int) -> dict[str, Any]:
    """With `catchup`, so that every date of the range counts."""
    timetable = read_dag(dag_id)[0].timetable
    restriction = TimeRestriction(pendulum.parse(start), pendulum.parse(end), catchup=True)
    now, interval, found = pendulum.now("UTC"), None, list[list[str]]()
    while len(found) < limit and (
        info := timetable.next_dagrun_info(last_automated_data_interval=interval, restriction=restriction)
    ):
        interval = info.data_interval
        if interval.end > now:
            break
        found.append([at.isoformat() for at in (info.logical_date, interval.start, interval.end)])
    return {"slots": found}


def create(
    dag_id: str, run_id: str, logical_date: str, interval: tuple[str, str], conf: dict[str, Any] | None
) -> dict[str, Any]:
    """As if its schedule had made it, except for the type: the scheduler continues after the last run of type
    `scheduled`. `external_trigger` would make `next_ds` and `prev_ds` the same as `ds`."""
    dag, dag_hash = read_dag(dag_id)
    at = pendulum.parse(logical_date)
    with create_session() as session:
        same = (DagRun.run_id == run_id) | (DagRun.execution_date == at)
        if session.query(DagRun.id).filter(DagRun.dag_id == dag_id, same).first():
            return {"created": False}
        dag.create_dagrun(
            run_type=DagRunType.MANUAL,
            run_id=run_id,
            execution_date=at,
            data_interval=DataInterval(*map(pendulum.parse, interval)),
            state=DagRunState.QUEUED,
            conf=conf,
            external_trigger=False,
            dag_hash=dag_hash,
            session=session,
        )
    return {"created": True}


def answer(request: dict[str, dict[str, Any]]) -> dict[str, Any]:
    try:
        if "slots" in request:
            return slots(**request["slots"])
        return create(**request["create"])
    except IntegrityError:  # another process has just created it
        return {"created": False}
    except OperationalError as e:
        return {"unavailable": str(e).splitlines()[0]}
    except NotSerialized as e:
        return {"unserialized": str(e)}
    except (AirflowException, ValueError) as e:  # such as a conf that the DAG's params do not allow
        return {"rejected": str(e).splitlines()[0]}


def main() -> None:
    for line in sys.stdin:
        ANSWERS.write(json.dumps(answer(json.loads(line))) + "\n")
        ANSWERS.flush()


main()
