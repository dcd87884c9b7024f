"""What a range of exam data may be, and whether the disk has room for it."""

import shutil
import socket
from collections.abc import Sequence
from datetime import date

from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.operations.seed.days import FIRST, LAST
from mlopsctl.operations.seed.profile import MAX_DIRT, MAX_SCALE, MAX_SEED, NEVER, Wish, World

DAY_BYTES = 230_000  # on disk, at scale 1, measured: 228,000 there, 195,000 at scale 10


def check_range(start: date, end: date, wish: Wish) -> None:
    """Raises UsageError where the range or what was said of the world cannot be."""
    if start > end:
        raise UsageError(f"{start}, the first day, is after {end}, the last.", hint="give both: --from D --to D")
    if start < FIRST:
        raise UsageError(f"{start} is before {FIRST}, where the exam data begin.", hint=f"--from {FIRST}")
    if end > LAST:
        raise UsageError(f"{end} is after {LAST}: an applicant_id has two digits for the year.", hint=f"--to {LAST}")
    if wish.drift and end < wish.drift != NEVER:
        raise UsageError(
            f"a drift from {wish.drift} has no effect: the range ends on {end}.", hint=f"--drift {end}, or a later --to"
        )
    if wish.seed is not None and not 0 <= wish.seed <= MAX_SEED:
        raise UsageError(f"the seed must be from 0 to {MAX_SEED}, not {wish.seed}.", hint="--seed 1")
    if wish.dirt is not None and not 0 <= wish.dirt <= MAX_DIRT:
        raise UsageError(
            f"the share of dirt must be from 0 to 50%, not {wish.dirt / 1e4:g}%.",
            hint="--dirt 5%, which is --dirt 0.05",
        )
    _check_scale(wish.default_scale if wish.scale is None else wish.scale, (end - start).days + 1)


def _check_scale(scale: int, days: int) -> None:
    if scale < 1:
        raise UsageError(f"the scale must be 1 or more, not {scale}.", hint="--scale 1 is the size of the courses")
    if scale > MAX_SCALE:
        raise UsageError(
            f"scale {scale} is too large: it would need about {DAY_BYTES * scale * days / 1e9:,.1f} GB of disk; "
            f"{MAX_SCALE} is the largest.",
            hint="--scale 10",
        )


def check_room(db: MariaDB, worlds: Sequence[World]) -> None:
    """Raises MlopsctlError where the server runs here and its disk has no room for days of these worlds."""
    needed = DAY_BYTES * sum(world.scale for world in worlds)
    hostname, folder = db.without_database.query("SELECT @@hostname, @@datadir")[0]
    if hostname != socket.gethostname():
        return
    try:
        free = shutil.disk_usage(folder).free
    except OSError:  # it is not ours to look into; where it gets full, the server says so
        return
    if needed > free:
        raise MlopsctlError(
            f"these days need about {needed / 1e9:,.1f} GB, and the disk of {folder} has {free / 1e9:,.1f} GB left.",
            hint="make room, or choose fewer days (--from, --to) or a smaller --scale",
            code="disk-full",
        )
