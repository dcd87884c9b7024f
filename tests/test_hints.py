"""Hints that name a command of mlopsctl: the command line parses, and no message contains one as prose."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import mlopsctl
from mlopsctl.cli.main import COMMANDS, cli

CODE = Path(mlopsctl.__file__).parent
FILES = sorted(CODE.rglob("*.py"))
UNKNOWN = "X"  # a word that is known only at run time
COMMAND_IN_PROSE = re.compile(rf"(?<![\w/.-])mlopsctl (?:--home \S+ )?(?:{'|'.join(COMMANDS)})\b")
NO_MESSAGES = {
    "adapters/airflow/run_owner.py",  # the note of a run
    "airflow_scripts/initialise.py",  # the description of what setup manages
    "cli/completion.py",  # lines for the start-up file of a shell
    "core/model.py",
    "operations/doctor/render_docs.py",
    "adapters/airflow/config.py",  # airflow.cfg
}


def literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def is_computed_option(node: ast.expr) -> bool:
    """An f-string such as `--{name}`."""
    return isinstance(node, ast.JoinedStr) and (literal(node.values[0]) or "").startswith("-")


def command_lines(tree: ast.AST) -> Iterator[tuple[int, list[str]]]:
    """Line and words of `Hint.of(…)`, `Hint.on_head(…)`, `Hint((…))`, `Hint(command=(…))`, `other=(…)` and
    `.followed_by(…)`, with UNKNOWN for values that are known only at run time. Skips commands whose name or options
    are."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        groups = [node.args] if called in ("Hint.of", "Hint.on_head") or called.endswith(".followed_by") else []
        if called.startswith("Hint"):
            tuples = [k.value for k in node.keywords if k.arg in ("command", "then", "other")]
            tuples += node.args[:1] if called == "Hint" else []
            groups += [value.elts for value in tuples if isinstance(value, ast.Tuple)]
        for group in groups:
            if group and literal(group[0]) and not any(map(is_computed_option, group)):
                yield node.lineno, [literal(word) or UNKNOWN for word in group if not isinstance(word, ast.Starred)]


def parse(words: list[str]) -> None:
    """Parse a command line without running it. Raises click.UsageError."""
    command: click.Command = cli
    ctx = click.Context(cli, info_name="mlopsctl", **cli.context_settings)
    while True:
        _, rest, _ = command.make_parser(ctx).parse_args(list(words))
        if not isinstance(command, click.Group) or not rest:
            break
        found = command.get_command(ctx, rest[0])
        if not found and rest[0] == UNKNOWN:
            return
        if not found:
            raise click.UsageError(f"there is no command {rest[0]!r}")
        ctx, command, words = click.Context(found, info_name=rest[0], parent=ctx), found, rest[1:]
    if rest:
        raise click.UsageError(f"too many arguments: {rest}")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CODE)))
def test_commands_in_hints_parse(path: Path) -> None:
    failures = []
    for line, words in command_lines(ast.parse(path.read_text(encoding="utf-8"))):
        try:
            parse(words)
        except click.UsageError as e:
            failures.append(f"line {line}: mlopsctl {' '.join(words)}: {e.format_message()}")
    assert not failures


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every string in a module, without docstrings and the help of commands and options."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):  # a docstring
            skipped.add(node.value)
        if isinstance(node, ast.FunctionDef):
            skipped.update(part for decorator in node.decorator_list for part in ast.walk(decorator))
        if isinstance(node, ast.keyword) and node.arg == "help":
            skipped.update(ast.walk(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CODE)))
def test_no_message_contains_a_command_as_prose(path: Path) -> None:
    if str(path.relative_to(CODE)) not in NO_MESSAGES:
        found = strings(ast.parse(path.read_text(encoding="utf-8")))
        assert [(line, text) for line, text in found if COMMAND_IN_PROSE.search(text)] == []
