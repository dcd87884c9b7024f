"""The home: that it exists, who owns it, and whether an upgrade of it was interrupted."""

import os
import pwd
import shlex
from collections.abc import Iterator

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import DoctorContext
from mlopsctl.operations.upgrade.state import check_not_in_progress


def check_home(context: DoctorContext) -> Iterator[Finding]:
    root = context.home.root
    if not root.exists() or (not context.home.config.exists() and not context.settings_error):
        yield Finding(f"there is no platform in {root}.", Hint.of("setup"))
        return
    owner = root.stat().st_uid
    if owner != os.geteuid():
        name = _account_name(owner)
        hint = Hint(line=f"sudo -u {shlex.quote(name)} mlopsctl --home {shlex.quote(str(root))} doctor")
        yield Finding(f"{root} belongs to {name}, not to you.", hint)


def _account_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"  # as sudo takes it


def check_upgrade(context: DoctorContext) -> Iterator[Finding]:
    try:
        check_not_in_progress(context.home)
    except MlopsctlError as e:
        yield Finding(e.message, e.hint)


CHECKS = (
    Check("home", Group.INSTALLATION, "The home contains everything that belongs to the platform.", check_home),
    Check(
        "upgrade", Group.INSTALLATION, "Airflow must not run on metadata that an upgrade has half migrated.",
        check_upgrade,
    ),
)  # fmt: skip
