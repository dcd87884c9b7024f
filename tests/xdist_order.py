"""Distribute test files to the workers of pytest-xdist so that all finish early and at about the same time.

The first two workers run live tests, each with its own platform, because there are two cores. A third worker runs only
unit tests, while the others wait for their platforms.
"""

from importlib import import_module
from typing import Any

import pytest

# The longest first; other live tests follow. The upgrade starts before its worker has a second platform to run.
LONGEST = [
    f"tests/live/test_{name}.py"
    for name in (
        "upgrade", "backfill", "workers", "setup", "releases", "doctor", "backfills", "ineligible_loan_model_ct",
        "ineligible_loan_model", "databases", "ml_pipeline", "alerts", "dags", "connections", "web_page",
    )
]  # fmt: skip
MODEL = "tests/live/test_ineligible_loan_model"
TOGETHER = {f"{MODEL}.py": f"{MODEL}_ct.py"}  # on one worker: they share a model
LIVE = ("gw0", "gw1")


def order(item: pytest.Item) -> int:
    """The sort key of a test: the longest live files, then other live tests, then unit tests."""
    file = item.nodeid.partition("::")[0]
    return LONGEST.index(file) if file in LONGEST else len(LONGEST) + (not _is_live(file))


def scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadfile`, xdist's scheduler in our order, and without live tests on a third worker."""
    if config.getoption("dist") != "loadfile":
        return None
    ours: Any = import_module("xdist.scheduler").LoadFileScheduling(config, log)
    config.option.loadscopereorder = False  # which would sort by the number of tests
    file_of, assign, reschedule = ours._split_scope, ours._assign_work_unit, ours._reschedule

    def next_file(node: Any) -> str | None:
        """The next file of a worker; None if there is none left for it."""
        files = [file for file in ours.workqueue if node.gateway.id in LIVE or not _is_live(file)]
        return files[0] if files else None

    def assign_next(node: Any) -> None:
        if file := next_file(node):
            ours.workqueue.move_to_end(file, last=False)
            assign(node)

    def resume(node: Any) -> None:
        if ours.workqueue and not next_file(node):
            node.shutdown()
        else:
            reschedule(node)

    ours._split_scope = lambda nodeid: TOGETHER.get(file := file_of(nodeid), file)
    ours._assign_work_unit, ours._reschedule = assign_next, resume
    return ours


def _is_live(file: str) -> bool:
    return "/live/" in file
