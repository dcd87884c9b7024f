"""The error of a failed task, read from its log."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

NO_ERROR = "no error in the log: the process ended before it could report one"


def read_error(ti: Any) -> str:
    """Why the last try of a task failed."""
    from airflow.configuration import conf
    from jinja2 import Template

    name = Template(conf.get("logging", "log_filename_template"), autoescape=False).render(ti=ti)
    file = Path(conf.get("logging", "base_log_folder")) / name
    return find_error(file.read_bytes()) if file.exists() else NO_ERROR


def find_error(log: bytes) -> str:
    """The error in a task's log, which has one JSON object with an `event` per line."""
    entries = list(_entries(log))
    # From the end: the task may have logged errors before it failed. Errors of its callbacks, which come later, have
    # another event.
    for entry in reversed(entries):
        if entry["event"] == "Task failed with exception" and entry.get("error_detail"):
            error = entry["error_detail"][0]
            return f"{error['exc_type']}: {error['exc_value']}"
    return next((str(e["event"]) for e in reversed(entries) if e.get("level") in ("error", "critical")), NO_ERROR)


def _entries(log: bytes) -> Iterator[dict[str, Any]]:
    """Skip truncated lines: a killed process may stop within a line, even within a UTF-8 character, and the next
    process may continue that line."""
    for line in log.splitlines():
        with suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, dict) and "event" in entry:
                yield entry
