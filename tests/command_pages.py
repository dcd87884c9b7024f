"""Generate docs/commands/, a reference page per command, from the commands themselves. To update it, run

python -m tests.command_pages
"""

import inspect
from pathlib import Path

import click

from mlopsctl.cli.main import COMMANDS, cli

FOLDER = Path(__file__).parents[1] / "docs" / "commands"
GUIDES = {
    "backfill": "backfills", "backfills": "backfills", "runs": "backfills", "trigger": "backfills",
    "coverage": "exam-data", "seed": "exam-data", "models": "models", "doctor": "doctor", "dags": "dags",
    "adopt": "adopt",
    "link": "dags", "init": "setup", "connection": "connections", "variable": "connections", "user": "connections",
    "db": "connections", "completion": "connections", "setup": "setup", "start": "setup", "stop": "setup",
    "restart": "setup", "upgrade": "setup", "uninstall": "setup", "config": "home", "env": "environment",
    "context": "remote", "helm": "kubernetes",
}  # fmt: skip


def pages() -> dict[str, str]:
    """The text of every page by name; `README` lists the others."""
    root = click.Context(cli, info_name="mlopsctl", **cli.context_settings)
    texts = {name: page(name, root) for name in COMMANDS}
    rows = [f"| [`{name}`]({name}.md) | {text} |" for name, (_, text) in COMMANDS.items()]
    head = ["# Commands", "", "The reference of all commands. The guides are in the directory above.", ""]
    return texts | {"README": "\n".join([*head, "| command | what it does |", "|---|---|", *rows, ""])}


def page(name: str, root: click.Context) -> str:
    """The page of a command and its subcommands."""
    command = cli.get_command(root, name)
    assert command
    ctx = click.Context(command, info_name=name, parent=root)
    guide = f"\n\nGuide: [{GUIDES[name]}](../{GUIDES[name]}.md)." if name in GUIDES else ""
    parts = [f"# mlopsctl {name}\n\n{_words(command)}{guide}", _usage(command, ctx)]
    if isinstance(command, click.Group):
        for sub_name in command.list_commands(ctx):
            below = command.get_command(ctx, sub_name)
            assert below
            sub = click.Context(below, info_name=sub_name, parent=ctx)
            parts += [f"## {sub.command_path}\n\n{_words(below)}", _usage(below, sub)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _words(command: click.Command) -> str:
    return inspect.cleandoc(command.help or "").replace("\b\n", "")


def _usage(command: click.Command, ctx: click.Context) -> str:
    """How to call a command, and its options."""
    usage = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
    rows = [_row(param, ctx) for param in command.params if isinstance(param, click.Option)]
    table = ["", "| option | what it does | variable |", "|---|---|---|", *rows] if rows else []
    return "\n".join(["```", usage, "```", *table])


def _row(option: click.Option, ctx: click.Context) -> str:
    record = option.get_help_record(ctx)
    assert record
    cells = [f"`{record[0]}`", record[1], f"`{option.envvar}`"]
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in pages().items():
        (FOLDER / f"{file}.md").write_text(text, encoding="utf-8")
