"""The command that does what is left of a backfill."""

import json

from mlopsctl.core import dates
from mlopsctl.core.states import Selection
from mlopsctl.operations.backfill.plan import BackfillPlan, BackfillRequest


def rerun_command(plan: BackfillPlan, request: BackfillRequest | None = None) -> tuple[str, ...]:
    """The command that does what is left. `request`: another than the plan's.

    With days instead of the words that were given, because `-7d` is another day tomorrow. Without --all, which would
    run successful dates again.
    """
    request = request or plan.request
    when = ["--dates", dates.format_ranges(request.days)] if request.days else ["--from", plan.start, "--to", plan.end]
    options = {
        "--only": request.only if request.only != Selection.UNFINISHED else None,
        "--table": request.table or None,
        "--column": request.column or None,
        "--max-active": request.max_active,
        "--chunk": f"{request.chunk}d" if request.chunk else None,
        "--max-failures": request.max_failures,
        "--conf": None if request.conf is None else json.dumps(request.conf, ensure_ascii=False),
    }
    flags = {"--reverse": request.reverse, "--unpause": request.unpause, "--repause": request.repause}
    words = ["backfill", plan.dag.dag_id, *when]
    words += [word for name, value in options.items() if value is not None for word in (name, value)]
    return tuple(map(str, [*words, *(name for name, given in flags.items() if given)]))
