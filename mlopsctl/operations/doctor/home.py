"""The way to the home, and whose it is."""

import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from mlopsctl.adapters import process
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.operations.doctor.check import Check, Finding
from mlopsctl.operations.doctor.context import Place
from mlopsctl.operations.setup.system_requirements import closed, existing_parent, too_long
from mlopsctl.operations.upgrade.state import check_not_begun


def parents(place: Place) -> Iterator[Finding]:
    settings, home = place.wishes.settings, place.home
    ours = [None if settings.external_metadata_db else place.wishes.postgres.account]
    ours += [None if settings.external_feature_store else place.wishes.mariadb.account]
    deepest = existing_parent(home.run)
    for account in sorted({name for name in ours if name and process.account_exists(name)}):
        if folder := closed(account, deepest):
            inside = folder == home.root or home.root in folder.parents
            yield Finding(
                f"the account {account} cannot enter {folder}, {'which is' if inside else 'above'} the home.",
                f"chmod o+x '{folder}'",
                about=folder,
                fixable=inside,
            )


def open_to_accounts(_place: Place, finding: Finding) -> Iterator[str]:
    folder: Path = finding.about
    folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXOTH)
    yield f"chmod o+x {folder}"


def socket_path(place: Place) -> Iterator[Finding]:
    if said := too_long(place.home):
        yield Finding(said, Hint.of("--home", "~/ml", "setup"))


def home(place: Place) -> Iterator[Finding]:
    root = place.home.root
    if not root.exists() or (not place.home.config.exists() and not place.broken):
        yield Finding(f"there is no platform in {root}.", Hint.of("setup"))
        return
    owner = root.stat().st_uid
    if owner != os.geteuid():
        name = pwd.getpwuid(owner).pw_name if owner in {entry.pw_uid for entry in pwd.getpwall()} else str(owner)
        yield Finding(
            f"{root} belongs to {name}, and you are another.", f"sudo -u {name} mlopsctl --home '{root}' doctor"
        )


def upgrade(place: Place) -> Iterator[Finding]:
    try:
        check_not_begun(place.home)
    except MlopsctlError as e:
        yield Finding(e.message, e.hint)


CHECKS = (
    Check("parents", "machine", "The databases' own accounts walk down to the home.", parents, open_to_accounts),
    Check("socket-path", "machine", "Databases and supervisord talk through sockets in the home.", socket_path),
    Check("home", "installation", "Everything of the platform stands there, under one account.", home),
    Check("upgrade", "installation", "One that was broken off leaves metadata that no Airflow may run on.", upgrade),
)
