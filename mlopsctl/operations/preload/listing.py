"""Which modules are preloaded, which are not and why, and what the running components made of it: files in the home."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlopsctl.adapters.files import write
from mlopsctl.core.paths import Home


@dataclass(frozen=True)
class Listing:
    """`left_out`: the modules that are not preloaded, each with the reason. `key`: what the listing was made from.
    `failure`: why no module could be tried."""

    modules: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    key: str = ""
    failure: str = ""


@dataclass(frozen=True)
class Report:
    """What a component preloaded when it started. `state`: `importing`, `done`, or `skipped` if its last process ended
    while it imported, or soon after. `failed`: modules whose import failed this time, each with the reason."""

    pid: int
    state: str
    modules: tuple[str, ...]
    failed: dict[str, str]


def listing_file(home: Home) -> Path:
    return home.preload / "modules.json"


def report_file(home: Home, component: str) -> Path:
    return home.preload / f"{component}.json"


def current(home: Home) -> Listing:
    """The listing that was made last; an empty one if there is none."""
    content = _read(listing_file(home), "modules", "left_out", "key", "failure")
    if not content:
        return Listing()
    return Listing(tuple(content["modules"]), content["left_out"], content["key"], content["failure"])


def report(home: Home, component: str) -> Report | None:
    content = _read(report_file(home, component), "pid", "state", "modules", "failed")
    if not content:
        return None
    return Report(content["pid"], content["state"], tuple(content["modules"]), content["failed"])


def left_out(home: Home, setting: Collection[str]) -> dict[str, str]:
    """The modules that are installed and not preloaded, each with the reason. A module that cannot be imported is the
    matter of the DAG file that needs it, unless the setting names it."""
    found = current(home).left_out.items()
    return {
        module: reason
        for module, reason in found
        if module in setting or reason.startswith(("its import ", "it takes "))
    }


def save(home: Home, content: dict[str, Any]) -> None:
    write(listing_file(home), json.dumps(content, indent=1) + "\n")


def _read(path: Path, *keys: str) -> dict[str, Any]:
    """The values of `keys`; nothing if the file is missing, damaged, or of another mlopsctl: it is only a cache."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {key: content[key] for key in keys}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}
