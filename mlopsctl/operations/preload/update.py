"""Find the modules to preload, in the DAG files or in the setting, and try each in a child process."""

import hashlib
import json
import math
import threading
import time
from pathlib import Path
from typing import Any

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.dags.files.folder_walk import walk
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.preload import listing
from mlopsctl.operations.preload.imports import installed_modules
from mlopsctl.operations.preload.on_first_use import on_first_use

AUTO = "auto"  # in the setting `preload`
# Arrow's memory allocator starts a thread when it is loaded, which a fork does not carry over. Without it, freed memory
# goes back to the system a little later. https://jemalloc.net/jemalloc.3.html#background_thread
IMPORT_ENV = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
_UPDATING = threading.Lock()  # the scheduler and the dag-processor are started at the same time
_updated: dict[Path, float] = {}  # when the listing of a home was last up to date, by the monotonic clock
LIMITS = {"seconds": 10.0, "mb": 500.0}  # CPU time and memory that the import of a module may take


def missing(platform: Platform) -> list[str]:
    """The modules that a restart would preload: they came with new links, changed files or another setting."""
    modules = wanted(platform)
    found: dict[str, bool] = {}
    for component in platform.airflow.preloading:
        report = listing.report(platform.home, component)
        if report and report.state == "done":
            needed = [name for name, by_task in modules.items() if not (by_task and component == "dag-processor")]
            found |= {name: True for name in needed if name not in (*report.modules, *report.failed)}
    without = listing.current(platform.home).left_out
    return [name for name in modules if name in found and name not in without]


def missing_at_a_glance(platform: Platform) -> list[str]:
    """The same, but the DAG files are only read if one of them, or a link, is newer than the listing: reading them
    takes longer than all else that `status` does."""
    file = listing.listing_file(platform.home)
    if not platform.airflow.preloading or not file.exists():
        return []
    try:
        tree = walk(platform.home.dags)
        paths = [platform.home.dags, *tree.folders, *tree.sources]
        newest = max((path.stat().st_mtime for path in paths if path.exists()), default=0.0)
        return missing(platform) if newest > file.stat().st_mtime else []
    except (MlopsctlError, OSError):
        return []  # the DAGs folder cannot be read: the doctor says why


def wanted(platform: Platform) -> dict[str, bool]:
    """The modules to preload, besides Airflow's own: those set by the user, or those that the DAG files import. Each
    with whether only tasks import it: the dag-processor can do without, and takes less memory."""
    setting = platform.settings.preload
    folders = sorted(platform.home.venv.glob("lib/python3*/site-packages"))
    added = {module: False for module in setting if module != AUTO and not module.startswith("-")}
    if not folders or AUTO not in setting:
        return _without_excluded(added, setting)
    found = _without_excluded(installed_modules(platform.home.dags, folders[-1]) | added, setting)
    later = _without_excluded(dict.fromkeys(on_first_use(found, folders[-1]), True), setting)
    return found | {module: True for module in later if module not in found}


def contradicting(platform: Platform) -> list[str]:
    """The running components that preload what the setting leaves out, or not what it names."""
    return [name for name in platform.airflow.preloading if _contradicts(platform, name)]


def _contradicts(platform: Platform, component: str) -> bool:
    report, setting = listing.report(platform.home, component), platform.settings.preload
    if not report or report.state != "done":
        return False
    named = {entry for entry in setting if entry != AUTO and not entry.startswith("-")}
    found = {name: False for name in report.modules if name not in platform.airflow.release.preload}
    allowed = _without_excluded(found, setting) if AUTO in setting else dict.fromkeys(named)
    tried = {*report.modules, *report.failed, *listing.current(platform.home).left_out}
    return bool(found.keys() - allowed.keys() or named - tried)


def without(setting: tuple[str, ...], module: str) -> tuple[str, ...]:
    """The setting that leaves out a module."""
    kept = tuple(entry for entry in setting if entry != module)
    if AUTO in kept:
        return (*kept, f"-{module}")
    return kept if any(not entry.startswith("-") for entry in kept) else ("off",)


def _without_excluded(modules: dict[str, bool], setting: tuple[str, ...]) -> dict[str, bool]:
    """Those that the setting does not leave out, nor a package that they are in."""
    excluded = [f"{entry[1:]}." for entry in setting if entry.startswith("-")]
    return {name: by_task for name, by_task in modules.items() if not f"{name}.".startswith(tuple(excluded))}


def is_outdated(platform: Platform) -> bool:
    """Whether the modules found in the DAG files, the setting or the installed packages have changed since."""
    return listing.current(platform.home).key != _key(platform, wanted(platform))


def update(platform: Platform) -> None:
    """Make a new listing if the present one is outdated. If the modules cannot be tried, it is empty and says why, and
    the components start without them."""
    asked = time.monotonic()
    with _UPDATING:
        if _updated.get(platform.home.root, -math.inf) < asked:  # otherwise, another component's start has done it
            _update(platform)
            _updated[platform.home.root] = time.monotonic()


def _update(platform: Platform) -> None:
    try:
        modules = wanted(platform)
    except (MlopsctlError, OSError) as e:
        listing.save(platform.home, _failed(str(e)))
        return
    key = _key(platform, modules)
    if listing.current(platform.home).key != key:
        listing.save(platform.home, _try(platform, modules, key))


def _try(platform: Platform, modules: dict[str, bool], key: str) -> dict[str, Any]:
    names = {"trusted": platform.airflow.release.preload, "modules": list(modules)}
    try:
        tried = platform.airflow.run_script("try_modules", names | LIMITS | {"env": IMPORT_ENV})
    except MlopsctlError as e:
        return _failed(e.message)
    by_tasks = [name for name in modules if modules[name]]
    return {"key": key, "env": IMPORT_ENV, "failure": "", "by_tasks": by_tasks, **tried}


def _failed(why: str) -> dict[str, Any]:
    """A listing of nothing, which is outdated at once."""
    return {"key": "", "modules": [], "left_out": {}, "by_tasks": [], "env": {}, "failure": why}


def prepare(platform: Platform, component: str) -> None:
    """To be called before a component is started on request. It then imports the modules even if its last process ended
    soon after its start."""
    listing.report_file(platform.home, component).unlink(missing_ok=True)
    if component in platform.airflow.preloading:
        update(platform)


def _key(platform: Platform, modules: dict[str, bool]) -> str:
    """A digest of the modules and of what is installed: the versions of all packages."""
    installed = sorted(platform.venv.installed().items())
    content = [platform.airflow.release.preload, list(modules.items()), installed]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
