"""Which backfill of engine `runs` owns a run: the one in its note, written by the last backfill that took it; else the
one in its id, given by the backfill that created it."""

import re

RUN_ID_PREFIX = "mlopsctl__"  # not as Airflow's own: manual__, scheduled__, backfill__
OWN_RUN_ID = re.compile(rf"{RUN_ID_PREFIX}([0-9a-f]{{6}})__")
NOTE = "mlopsctl backfill"  # the start of the note of a run that such a backfill cleared or cancelled
CANCELLED = "cancelled"  # the end of the note if the backfill was cancelled
_NOTE = re.compile(rf"{NOTE} ([0-9a-f]{{6}})( {CANCELLED})?$")


def note(backfill_id: str, *, cancelled: bool = False) -> str:
    """The note that marks a run as owned by a backfill of engine `runs`."""
    return f"{NOTE} {backfill_id}{f' {CANCELLED}' if cancelled else ''}"


def owner(run_id: str, run_note: str | None) -> str:
    """The id of the backfill that owns a run; empty: none. A cancelled backfill owns none: such a run was
    queued again by something else."""
    if found := _NOTE.match(run_note or ""):
        return "" if found[2] else found[1]
    created = OWN_RUN_ID.match(run_id)
    return created[1] if created else ""


def cancelled_owner(run_note: str | None) -> str:
    """The id of the backfill whose cancel ended the run; empty: none."""
    found = _NOTE.match(run_note or "")
    return found[1] if found and found[2] else ""
