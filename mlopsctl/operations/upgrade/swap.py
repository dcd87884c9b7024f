"""What changes places: the metadata with their dump, one venv with the other. Each may be broken off and said again."""

import shutil
from pathlib import Path

from mlopsctl.adapters.postgres.dump import dump as dump_metadata
from mlopsctl.adapters.postgres.dump import restore as restore_metadata
from mlopsctl.adapters.venv import Venv
from mlopsctl.core.paths import Home
from mlopsctl.operations.upgrade.state import Upgrade


def dump(upgrade: Upgrade) -> str:
    """With the record of what setup has written into the metadata: it belongs to them."""
    dump_metadata(upgrade.old.postgres, upgrade.dump)
    _mirror(upgrade.home.secret("initialised"), upgrade.dump.with_suffix(".initialised"))
    return f"{upgrade.dump.stat().st_size / 1e6:.1f} MB, kept in {upgrade.dump}"


def restore(upgrade: Upgrade) -> str:
    restore_metadata(upgrade.old.postgres, upgrade.dump)
    _mirror(upgrade.dump.with_suffix(".initialised"), upgrade.home.secret("initialised"))
    return f"as in {upgrade.dump}"


def _mirror(source: Path, target: Path) -> None:
    """What is not there is not there afterwards either."""
    target.unlink(missing_ok=True)
    if source.exists():
        shutil.copy2(source, target)


def there(upgrade: Upgrade) -> str:
    home, before = upgrade.home, upgrade.before
    if not upgrade.begun:
        home.venv.rename(home.venv_previous)
    if not home.venv.exists():
        home.venv_next.rename(home.venv)
    return f"Airflow {upgrade.after} is in the place of {before}"


def back(upgrade: Upgrade) -> str:
    home, before = upgrade.home, upgrade.before
    if home.venv.exists():
        home.venv.rename(home.venv_next)
    home.venv_previous.rename(home.venv)
    return f"Airflow {before} is in its place again, the other one beside it"


def remove(path: Path, home: Home) -> None:
    """What is half removed is not taken for whole: the record goes first."""
    Venv(home, path).record_path.unlink(missing_ok=True)
    if path.exists():
        shutil.rmtree(path)
