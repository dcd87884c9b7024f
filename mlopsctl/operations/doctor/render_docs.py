"""docs/doctor.md, generated from the checks. tests/test_docs.py compares it with the file; to write it:

python -c "from mlopsctl.operations.doctor import render_docs; print(render_docs.render(), end='')" > docs/doctor.md
"""

from mlopsctl.operations.doctor.check import Group
from mlopsctl.operations.doctor.registry import CHECKS

_HEAD = """\
# Doctor

To find out why something does not work, run `mlopsctl doctor`. It runs all checks below at once, in a few seconds, and
changes nothing. It works even if nothing else does: without a home, an installation or a database, or with a
`config.toml` that cannot be read.

```sh
mlopsctl doctor                         # run all checks; exits with 1 if there are any problems
mlopsctl doctor --only machine          # run one group, for example before the first setup
mlopsctl doctor --only ports --only keys
mlopsctl doctor --fix                   # fix what is safe to fix, then check again
mlopsctl doctor --list-checks           # show the tables below
mlopsctl doctor --json                  # {"checks": [{"name", "verdict", "message", "hint", "fixable", "fixed"}]}
```

On a platform without workers, the group `workers` is left out. On a worker host, doctor leaves out what only the
head has: keys, databases, DAGs and runs.

Each problem is shown with the reason why it matters and a command that solves it. Its verdict is `error`, or `warning`
if everything still works. A check is `skipped` if something that it needs is missing; the reason says what.

`--fix` changes only the home, loses no data, and keeps a copy of files that you may have edited (`airflow.cfg.before`).
It restarts services where necessary. Everything else is left to you, with the command for it; that includes packages
that only DAG files ask for. A problem that was fixed has the verdict `ok` and `"fixed": true`.

## All checks
"""


def render() -> str:
    """The page as Markdown."""
    parts = [_HEAD]
    for group in Group:
        rows = [f"| `{c.name}` | {c.why} | {'yes' if c.fix else ''} |" for c in CHECKS if c.group is group]
        head = [f"### {group}", "", "| check | why it matters | `--fix` |", "|---|---|---|"]
        parts.append("\n".join([*head, *rows, ""]))
    return "\n".join(parts)
