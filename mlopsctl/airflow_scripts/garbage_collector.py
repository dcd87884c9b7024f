"""Python's garbage collector in Airflow's components: it seldom runs while they start, and as usual afterwards.

By default, it runs 1,300 times while the API server starts, which takes a quarter of its CPU time, although almost all
of these objects stay until the end. Once a component has started, they are collected once more and then ignored: the
collector need not look at them again, and does not write to the memory that forked processes share. If the threshold
stayed, garbage would: 30 MiB in the API server after some hundred tasks.
"""

import asyncio
import gc
import importlib
import os
from functools import wraps
from typing import Any

AT_START = 50_000  # new objects after which the collector runs
USUAL = gc.get_threshold()
_started = False
LISTENING = 10.0  # seconds after which nobody waits for the start of the API server any more


def run_seldom_at_start() -> None:
    """A component has started when it forks for the first time, the API server when it has listened for a while. A
    forked process has the threshold of a start again: most of them execute one task, or read one DAG file."""
    gc.set_threshold(AT_START)
    os.register_at_fork(before=run_as_usual, after_in_child=_ignore_inherited)


def run_as_usual() -> None:
    """Once, not in forked processes. gc.get_freeze_count() would not do to find that out: it counts all objects, which
    takes 30 ms before each fork."""
    global _started  # noqa: PLW0603  # forked processes inherit it
    if not _started:
        _started = True
        gc.collect()
        gc.freeze()
        gc.set_threshold(*USUAL)


def run_as_usual_once_it_listens() -> None:
    """For the API server. The collection takes 0.3 s."""
    server: Any = importlib.import_module("uvicorn").Server
    startup = server.startup

    @wraps(startup)
    async def start(self: Any, *args: Any, **kwargs: Any) -> None:
        await startup(self, *args, **kwargs)
        asyncio.get_running_loop().call_later(LISTENING, run_as_usual)

    server.startup = start


def _ignore_inherited() -> None:
    gc.freeze()
    gc.set_threshold(AT_START)
