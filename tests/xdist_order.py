"""Which worker of pytest-xdist runs which test files, and in which order: all are to end together, and soon.

The first two drive the real stack, each on a platform of its own: there are two cores. A third one has what needs no
platform, and so the time in which the others wait.
"""

from importlib import import_module
from typing import Any

import pytest

# Those that take longest, in which order; those of the real stack that are not named come after them. The upgrade goes
# first, before its worker has another platform to feed; the trained model of one file is the next one's.
LONGEST = [
    f"tests/live/test_{name}.py"
    for name in (
        "upgrade", "backfill", "setup", "doctor", "backfills", "ineligible_loan_model_ct", "ineligible_loan_model",
        "databases", "ml_pipeline", "alerts", "dags", "connections", "web_page",
    )
]  # fmt: skip
MODEL = "tests/live/test_ineligible_loan_model"
TOGETHER = {f"{MODEL}.py": f"{MODEL}_ct.py"}  # on one worker
LIVE = ("gw0", "gw1")


def order(item: pytest.Item) -> int:
    """The place of a test's file: the longest first, then the others of the real stack, then the rest."""
    file = item.nodeid.partition("::")[0]
    return LONGEST.index(file) if file in LONGEST else len(LONGEST) + (not _is_live(file))


def scheduler(config: pytest.Config, log: Any) -> Any:
    """xdist's own, by files, where it was asked for: in our order, and with a third worker that has no platform."""
    if config.getoption("dist") != "loadfile":
        return None
    ours: Any = import_module("xdist.scheduler").LoadFileScheduling(config, log)
    config.option.loadscopereorder = False  # by their number of tests
    file_of, assign, reschedule = ours._split_scope, ours._assign_work_unit, ours._reschedule

    def following(node: Any) -> str | None:
        """The file that a worker takes next; None: nothing is left for it."""
        files = [file for file in ours.workqueue if node.gateway.id in LIVE or not _is_live(file)]
        return files[0] if files else None

    def take(node: Any) -> None:
        if file := following(node):
            ours.workqueue.move_to_end(file, last=False)
            assign(node)

    def go_on(node: Any) -> None:
        if ours.workqueue and not following(node):
            node.shutdown()
        else:
            reschedule(node)

    ours._split_scope = lambda nodeid: TOGETHER.get(file := file_of(nodeid), file)
    ours._assign_work_unit, ours._reschedule = take, go_on
    return ours


def _is_live(file: str) -> bool:
    return "/live/" in file
