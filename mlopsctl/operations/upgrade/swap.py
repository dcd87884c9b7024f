"""The parts of an upgrade that can be reverted: the metadata and their dump, the two virtual environments.

Each function is safe to re-run after it was killed.
"""

import shutil
from pathlib import Path

from mlopsctl.adapters.postgres import dump as postgres_dump
from mlopsctl.adapters.venv import Venv
from mlopsctl.core.paths import Home
from mlopsctl.operations.upgrade.state import Upgrade


def dump_metadata(upgrade: Upgrade) -> str:
    """Also copies setup's record of what it wrote into the metadata."""
    postgres_dump.dump(upgrade.old.postgres, upgrade.dump)
    _copy_or_remove(upgrade.home.secret("initialised"), upgrade.dump.with_suffix(".initialised"))
    return f"{upgrade.dump.stat().st_size / 1e6:.1f} MB in {upgrade.dump}"


def restore_metadata(upgrade: Upgrade) -> str:
    postgres_dump.restore(upgrade.old.postgres, upgrade.dump)
    _copy_or_remove(upgrade.dump.with_suffix(".initialised"), upgrade.home.secret("initialised"))
    return f"from {upgrade.dump}"


def _copy_or_remove(source: Path, target: Path) -> None:
    """Afterwards, the target exists only if the source does."""
    target.unlink(missing_ok=True)
    if source.exists():
        shutil.copy2(source, target)


def activate_new(upgrade: Upgrade) -> str:
    home, old_version = upgrade.home, upgrade.old_version
    if not upgrade.in_progress:
        home.venv.rename(home.venv_previous)
    if not home.venv.exists():
        home.venv_next.rename(home.venv)
    return f"Airflow {upgrade.new_version} replaces {old_version}"


def reactivate_old(upgrade: Upgrade) -> str:
    """The new virtual environment stays next to it: the next attempt does not need to install it again."""
    home, old_version = upgrade.home, upgrade.old_version
    if home.venv.exists():
        home.venv.rename(home.venv_next)
    home.venv_previous.rename(home.venv)
    return f"Airflow {old_version} is active again"


def remove_venv(path: Path, home: Home) -> None:
    """Removes the record first, so that a partly removed environment does not count as an installation."""
    Venv(home, path).record_path.unlink(missing_ok=True)
    if path.exists():
        shutil.rmtree(path)
