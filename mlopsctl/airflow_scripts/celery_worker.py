"""Run by the managed Airflow's Python: a Celery worker that says in a file whether it takes tasks.

    celery_worker.py STATE FOLDER ARGUMENT…

STATE is the file: {"pid", "state": "starting", "ready" or "ending"}. FOLDER: that of preload.py, or `-` to import
nothing beforehand. The worker forks its processes once, and each runs many tasks: without preloading, each of them
imports what its first task needs.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any


def main(state: Path, folder: str, arguments: list[str]) -> None:
    from celery.signals import worker_ready, worker_shutting_down

    sys.path.append(str(Path(__file__).parent))
    import celery_broker

    def ready(sender: Any, **_: Any) -> None:
        celery_broker.watch(sender.app)
        _write(state, "ready")

    def ending(**_: Any) -> None:
        _write(state, "ending")

    _write(state, "starting")
    worker_ready.connect(ready, weak=False)
    worker_shutting_down.connect(ending, weak=False)
    celery_broker.keep_polling()
    if folder != "-":
        import preload

        preload.prepare(Path(folder), "worker")
    sys.path.pop()
    from airflow.__main__ import main as airflow

    sys.argv = ["airflow", "celery", *arguments]
    airflow()


def _write(path: Path, state: str) -> None:
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"pid": os.getpid(), "state": state}), encoding="utf-8")
    new.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
