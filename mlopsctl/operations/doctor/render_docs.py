"""docs/doctor.md: what is looked at, told by the checks themselves. A test compares the page with this; it is made by

python -c "from mlopsctl.operations.doctor import page; print(page.render(), end='')" > docs/doctor.md
"""

from mlopsctl.operations.doctor.check import GROUPS
from mlopsctl.operations.doctor.registry import CHECKS

_HEAD = """\
# Doctor

`mlopsctl doctor` looks at everything that is known to go wrong, all at once, in a few seconds. It works when nothing
else does: without a home, an installation, a database, with a `config.toml` that cannot be read. It changes nothing.

```sh
mlopsctl doctor                         # everything; exit 1 on any finding
mlopsctl doctor --only machine          # a group, before the first setup for one
mlopsctl doctor --only ports --only keys
mlopsctl doctor --fix                   # mends what is safe, one by one, and looks again
mlopsctl doctor --list-checks           # the tables below
mlopsctl doctor --json                  # {"checks": [{"name", "verdict", "message", "hint", "fixable", "fixed"}]}
```

A finding is a sentence, the reason why it matters, and a command to paste. Its verdict is `error`, or `warning` where
all works for now. A check that cannot look, because what it needs is missing, is `skipped`, and says what is missing.

`--fix` does only what is safe: it changes things in the home, loses no data, and keeps what it replaces where a person
may have written it (`airflow.cfg.before`). Services that must be restarted are. Everything else is left to you, with
the command; so are packages that only DAG files ask for. A finding that was mended, and is gone at the last look, has
the verdict `ok` and `"fixed": true`.

## All checks
"""


def render() -> str:
    """The whole page."""
    parts = [_HEAD]
    for group in GROUPS:
        rows = [f"| `{c.name}` | {c.why} | {'yes' if c.mend else ''} |" for c in CHECKS if c.group == group]
        if rows:
            head = [f"### {group}", "", "| check | why it matters | `--fix` |", "|---|---|---|"]
            parts.append("\n".join([*head, *rows, ""]))
    return "\n".join(parts)
