"""Where pipelines keep the files that their tasks hand to each other, and on which machines these tasks can run."""

import os
from typing import Any


def on_head() -> dict[str, Any]:
    """Arguments of a task that needs the home of the platform: `@task(**on_head())`. If tasks run on several machines,
    it runs on the one with the home."""
    queue = os.environ.get("MLOPSCTL_HEAD_QUEUE")
    return {"queue": queue} if queue else {}
