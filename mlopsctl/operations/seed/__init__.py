"""Exam data: which days are there, what they are made of, and the filling of those that are not there."""

from mlopsctl.operations.schema import create_schema
from mlopsctl.operations.seed.days import FIRST, LAST
from mlopsctl.operations.seed.fill import in_reference, missing, number, plan, read, run
from mlopsctl.operations.seed.room import check_range
from mlopsctl.operations.seed.world import NEVER, Wish

__all__ = [
    "FIRST", "LAST", "NEVER", "Wish", "check_range", "create_schema", "in_reference", "missing", "number", "plan",
    "read", "run",
]  # fmt: skip
