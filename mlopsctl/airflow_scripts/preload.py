"""Run by the managed Airflow's Python: an Airflow component, with modules imported beforehand.

    preload.py [--no-modules] FOLDER COMPONENT ARGUMENT…

The scheduler forks a process for each task, or a Celery worker does so; the dag-processor for each DAG file that it
parses. What is imported here once is not imported there again and again; the other components are called with
--no-modules. FOLDER/modules.json lists the modules, and functions of warm_up.py, which
were tried: {"modules": [name], "by_tasks": [those of them that no DAG file imports when it is parsed], "env": variables
for the imports}. FOLDER/COMPONENT.json says what came of it: {"pid", "state": "importing", "done" or "skipped",
"modules": [name], "failed": {name: reason}}.

A component must start in any case. If its last process ended while it imported, or within EARLY_END seconds after
that, this one imports nothing, and changes nothing in Airflow.
"""

import importlib
import json
import multiprocessing.connection  # noqa: F401  # the dag-processor of Airflow 2.11 needs it and does not import it
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

NO_MODULES = "--no-modules"
NOTHING: dict[str, Any] = {"modules": [], "env": {}}  # a listing
EARLY_END = 20.0  # seconds within which the end of a component is put down to the modules


def main(folder: Path, component: str, arguments: list[str], *, modules: bool) -> None:
    prepare(folder, component, modules=modules)
    sys.argv = ["airflow", component, *arguments]
    from airflow.__main__ import main as airflow

    airflow()


def prepare(folder: Path, component: str, *, modules: bool = True) -> None:
    """Import what the listing names, and change Airflow. `modules`: whether to import any."""
    _script("garbage_collector").run_seldom_at_start()
    report = folder / f"{component}.json"
    if _ended_early(report):
        _write(report, {"state": "skipped", "modules": [], "failed": {}})
    else:
        listed = _listed(folder / "modules.json", component) if modules else NOTHING
        _import(**listed, shortcuts=_shortcuts(component), report=report)
        if component == "scheduler":
            _replace_executors()


def _ended_early(report: Path) -> bool:
    """Whether the last process of this component ended while it imported, or soon after. mlopsctl removes the report
    when it starts the component itself."""
    try:
        last = json.loads(report.read_text(encoding="utf-8"))
        return last["state"] == "importing" or time.time() - report.stat().st_mtime < EARLY_END
    except (OSError, ValueError, KeyError):
        return False


def _listed(listing: Path, component: str) -> dict[str, Any]:
    try:
        content = json.loads(listing.read_text(encoding="utf-8"))
        useless = content["by_tasks"] if component == "dag-processor" else ()
        return {"modules": [name for name in content["modules"] if name not in useless], "env": content["env"]}
    except (OSError, ValueError, KeyError, TypeError):
        return NOTHING


def _shortcuts(component: str) -> dict[str, Callable[[], object]]:
    """What to change in Airflow, by the name of the module or by another name."""
    changes = dict(_script("unused").BY_COMPONENT.get(component, {}))
    if component == "api-server":
        changes = {**_script("api_routes").FEWER, **changes}  # before any module of Airflow is imported
        changes["uvicorn"] = _script("garbage_collector").run_as_usual_once_it_listens
    elif component == "dag-processor":
        changes |= _script("dag_parsing").FEWER
    elif component in ("scheduler", "worker"):  # where tasks are supervised
        changes |= {**_script("task_requests").FEWER, "task_end": _script("task_end").notice_at_once}
    if component == "worker":
        changes |= _script("celery_pool").FEWER
    elif component == "scheduler":
        changes |= _script("parallelism").FOLLOW
    return changes


def _import(modules: list[str], env: dict[str, str], shortcuts: dict[str, Callable[[], object]], report: Path) -> None:
    _write(report, {"state": "importing", "modules": [], "failed": {}})
    failed: dict[str, str] = {}
    warm_up = _script("warm_up")
    added = {name: value for name, value in env.items() if name not in os.environ}
    os.environ.update(added)
    loads: list[tuple[str, Callable[[], object]]] = [(name, partial(warm_up.load, name)) for name in modules]
    for name, load in [*loads, *shortcuts.items()]:
        try:
            load()
        except BaseException as e:  # noqa: BLE001  # whatever it is, a task must meet it, and not the component
            failed[name] = f"{type(e).__name__}: {e}"
    for name in added:
        del os.environ[name]
    os.register_at_fork(after_in_child=_reseed)
    loaded = [module for module in modules if module not in failed]
    _write(report, {"state": "done", "modules": loaded, "failed": failed})


def _replace_executors() -> None:
    """Airflow loads its executors by name, so that the configuration stays that of every other component. The
    LocalExecutor of Airflow 2 is another one."""
    airflows: Any = importlib.import_module("airflow.executors.local_executor")
    if hasattr(airflows.LocalExecutor, "_spawn_worker"):
        airflows.LocalExecutor = _script("on_demand_executor").LocalExecutor
    elif hasattr(airflows.LocalExecutor, "UnlimitedParallelism"):
        _script("worker_per_task").install()
    conf: Any = getattr(sys.modules.get("airflow.configuration"), "conf", None)
    if conf and "CeleryExecutor" in conf.get("core", "executor"):
        replaced: Any = importlib.import_module("airflow.providers.celery.executors.celery_executor")
        replaced.CeleryExecutor = _script("celery_results").CeleryExecutor


def _script(name: str) -> Any:
    """A module of this folder, which tasks do not have on their search path."""
    sys.path.append(str(Path(__file__).parent))
    found = importlib.import_module(name)
    sys.path.pop()
    return found


def _reseed() -> None:
    """Give a forked process its own random numbers: NumPy seeds its global generator when it is imported, so that all
    tasks would draw the same numbers. Python's own generator does this by itself."""
    if numpy_random := sys.modules.get("numpy.random"):
        numpy_random.seed()


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)  # setup restarts a scheduler before it has tried the modules
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"pid": os.getpid(), **content}), encoding="utf-8")
    new.replace(path)


if __name__ == "__main__":
    with_modules = sys.argv[1] != NO_MODULES
    words = sys.argv[1:] if with_modules else sys.argv[2:]
    main(Path(words[0]), words[1], words[2:], modules=with_modules)
