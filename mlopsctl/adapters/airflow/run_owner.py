"""How a run tells which backfill of engine `runs` it is of: by its note, which the last one to take it wrote; else by
its id, which the one that made it gave."""

import re

RUN_ID_PREFIX = "mlopsctl__"  # of our runs; never as Airflow's own begin: manual__, scheduled__, backfill__
OURS = re.compile(rf"{RUN_ID_PREFIX}([0-9a-f]{{6}})__")
NOTE = "mlopsctl backfill"  # what the note of a run begins with that such a backfill has cleared
CANCELLED = "cancelled"  # what it ends with where the backfill was cancelled
_NOTED = re.compile(rf"{NOTE} ([0-9a-f]{{6}})( {CANCELLED})?$")


def note(backfill_id: str, *, cancelled: bool = False) -> str:
    """The note by which a run is told to be of a backfill of engine `runs`."""
    return f"{NOTE} {backfill_id}{f' {CANCELLED}' if cancelled else ''}"


def owner(run_id: str, noted: str | None) -> str:
    """The id of the backfill that goes on with a run; empty: none. What was cancelled goes on with nothing: who
    queued such a run again was somebody else."""
    if found := _NOTED.match(noted or ""):
        return "" if found[2] else found[1]
    made = OURS.match(run_id)
    return made[1] if made else ""
