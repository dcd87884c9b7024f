"""config.toml."""

import difflib
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import fields

from mlopsctl.core.hint import Hint
from mlopsctl.core.settings import Settings
from mlopsctl.core.states import Verdict
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import DoctorContext


def check_settings(context: DoctorContext) -> Iterator[Finding]:
    path = context.home.config
    quoted = shlex.quote(str(path))
    if error := context.settings_error:
        yield Finding(error.message, error.hint or Hint(line=f"${{EDITOR:-vi}} {quoted}"))
        return
    if not context.platform:
        return
    names = {field.name for field in fields(Settings)}
    for key in tomllib.loads(path.read_text(encoding="utf-8")):
        if key not in names:
            similar = difflib.get_close_matches(key, names, 1)
            question = f" Did you mean {similar[0]}?" if similar else ""
            remove = Hint(line=f"sed -i {shlex.quote(f'/^{key} *=/d')} {quoted}")
            hint = Hint.of("config", "set", similar[0], "VALUE") if similar else remove
            yield Finding(f"config.toml has an unknown setting: {key}.{question}", hint, Verdict.WARNING)


CHECKS = (Check("settings", Group.CONFIGURATION, "Every command reads its settings from config.toml.", check_settings),)
