"""Exam data: which days are there, what they are made of, and the filling of those that are not there."""

from mlopsctl.operations.db.schema import create_schema
from mlopsctl.operations.seed.days import FIRST, LAST
from mlopsctl.operations.seed.generate import in_reference, missing, number, plan, read, run
from mlopsctl.operations.seed.limits import check_range
from mlopsctl.operations.seed.profile import NEVER, Wish

__all__ = [
    "FIRST", "LAST", "NEVER", "Wish", "check_range", "create_schema", "in_reference", "missing", "number", "plan",
    "read", "run",
]  # fmt: skip
