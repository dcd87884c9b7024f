"""Limits of exam data: the range of days, the options, and disk space."""

import shutil
import socket
from collections.abc import Sequence
from datetime import date

from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.operations.seed.ledger import FIRST_DAY, LAST_DAY
from mlopsctl.operations.seed.profile import MAX_DIRT, MAX_SCALE, MAX_SEED, NO_DRIFT, Profile, SeedRequest

DAY_BYTES = 230_000  # disk space of a day per scale; measured: 228,000 at scale 1, 195,000 at scale 10


def check_range(start: date, end: date, request: SeedRequest) -> None:
    """Raises UsageError for a range or an option that is not possible."""
    if start > end:
        raise UsageError(f"the first day, {start}, is after the last, {end}.", hint="move one of the two, or name both")
    if start < FIRST_DAY:
        raise UsageError(f"exam data start on {FIRST_DAY}, after {start}.", hint=f"--from {FIRST_DAY}")
    if end > LAST_DAY:
        raise UsageError(
            f"exam data end on {LAST_DAY}, before {end}: an applicant_id has two digits for the year.",
            hint=f"--to {LAST_DAY}",
        )
    _check_options(request, end)
    _check_scale(request.default_scale if request.scale is None else request.scale, (end - start).days + 1)


def _check_options(request: SeedRequest, end: date) -> None:
    if request.drift and end < request.drift != NO_DRIFT:
        raise UsageError(
            f"a drift from {request.drift} has no effect: the range ends on {end}.",
            hint=f"--drift {end}, or a later --to",
        )
    if request.seed is not None and not 0 <= request.seed <= MAX_SEED:
        raise UsageError(f"--seed must be from 0 to {MAX_SEED}, not {request.seed}.", hint="--seed 1")
    if request.dirt is not None and not 0 <= request.dirt <= MAX_DIRT:
        raise UsageError(
            f"--dirt must be from 0 to 50%, not {request.dirt / 1e4:g}%.", hint="--dirt 5%, or --dirt 0.05"
        )


def _check_scale(scale: int, days: int) -> None:
    if scale < 1:
        raise UsageError(f"--scale must be 1 or more, not {scale}.", hint="--scale 1 generates 1,640 customers")
    if scale > MAX_SCALE:
        raise UsageError(
            f"--scale must be at most {MAX_SCALE}: {scale} would need about "
            f"{DAY_BYTES * scale * days / 1e9:,.1f} GB of disk space.",
            hint="--scale 10",
        )


def check_disk_space(db: MariaDB, profiles: Sequence[Profile]) -> None:
    """Raises MlopsctlError if the server runs on this machine and its disk has no space for days with these
    profiles."""
    needed = DAY_BYTES * sum(profile.scale for profile in profiles)
    hostname, folder = db.without_database.query("SELECT @@hostname, @@datadir")[0]
    if hostname != socket.gethostname():
        return
    try:
        free = shutil.disk_usage(folder).free
    except OSError:  # not accessible for this account; the server reports a full disk itself
        return
    if needed > free:
        raise MlopsctlError(
            f"not enough disk space in {folder}: these days need about {needed / 1e9:,.1f} GB, "
            f"{free / 1e9:,.1f} GB are free.",
            hint="free some space, or choose fewer days (--from, --to) or a smaller --scale",
            code="disk-full",
        )
