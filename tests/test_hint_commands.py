"""Every hint that the code can give is a command line of ours, or prose."""

import ast
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import mlopsctl
from mlopsctl.cli.main import cli

CODE = Path(mlopsctl.__file__).parent
UNKNOWN = "?"  # a word that is only known when the hint is given
MANY = "*"  # several such words, or none


def words_of(node: ast.expr) -> list[str]:
    """The words of an argument of Hint.of, or of an item of a tuple."""
    if isinstance(node, ast.Starred):
        return [MANY]
    return [str(node.value)] if isinstance(node, ast.Constant) else [UNKNOWN]


def hints_in(tree: ast.AST) -> Iterator[tuple[int, list[str]]]:
    """The line and the words of each command in a hint."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        given = {word.arg: word.value for word in node.keywords}
        tuples = [value for key in ("command", "then", "other") if isinstance(value := given.get(key), ast.Tuple)]
        if name in ("Hint.of", "Hint.on_head", "followed_by") or name.endswith(".followed_by"):
            yield node.lineno, [word for arg in node.args for word in words_of(arg)]
        elif name == "Hint":
            tuples += [arg for arg in node.args[:1] if isinstance(arg, ast.Tuple)]
        if name in ("Hint.of", "Hint"):
            yield from ((node.lineno, [word for item in found.elts for word in words_of(item)]) for found in tuples)


def problem(words: list[str]) -> str:
    """Why they are not a command line; empty if they are, as far as it is known."""
    command: click.Command = cli
    rest = list(words)
    while rest and isinstance(command, click.Group):
        if rest[0] in (UNKNOWN, MANY):
            return ""
        option = find_option(command, rest[0])
        if option:
            rest = rest[1:] if option.is_flag or option.count else rest[2:]
            continue
        if rest[0] == "--help":
            return ""
        found = command.get_command(click.Context(command), rest[0])
        if found is None:
            return f"there is no command {rest[0]!r}"
        command, rest = found, rest[1:]
    return unknown_words(command, rest)


def unknown_words(command: click.Command, words: list[str]) -> str:
    places = [p.nargs for p in command.params if isinstance(p, click.Argument)]
    arguments = 0
    while words:
        word, words = words[0], words[1:]
        if word in ("--", "--help", UNKNOWN, MANY):  # what follows is another program's, or its option is not known
            return ""
        if not word.startswith("-"):
            arguments += 1
        elif option := find_option(command, word):
            words = words if option.is_flag or option.count else words[1:]
        else:
            return f"{command.name} has no option {word!r}"
    most = 10**6 if -1 in places else sum(places)
    return f"{command.name} takes {most} arguments, not {arguments}" if arguments > most else ""


def find_option(command: click.Command, word: str) -> click.Option | None:
    options = [p for p in command.params if isinstance(p, click.Option)]
    return next((o for o in options if word in (*o.opts, *o.secondary_opts)), None)


MODULES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(CODE.rglob("*.py"))}


def test_the_command_of_each_hint_is_a_command_line() -> None:
    found = [(path.name, line, words) for path, tree in MODULES.items() for line, words in hints_in(tree)]
    assert len(found) > 250
    problems = [(*entry, why) for entry in found if (why := problem(entry[2]))]
    assert problems == []


def test_prose_does_not_look_like_a_command() -> None:
    """A str as a hint is prose; one that starts with our name would be pasted."""
    texts = [
        (path.name, part.lineno, part.value)
        for path, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in ("hint", "note")
        for part in ast.walk(node.value)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
    assert [text for text in texts if text[2].startswith("mlopsctl ")] == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["dags", "lst"], "there is no command 'lst'"),
        (["status", "--no-such"], "status has no option '--no-such'"),
        (["runs", "d", "e"], "runs takes 1 arguments, not 2"),
        (["--home", "DIR", "setup"], ""),
        (["airflow", "--", "dags", "pause", "d"], ""),
        (["backfill", UNKNOWN, "--from", UNKNOWN, MANY], ""),
    ],
)
def test_what_is_no_command_line_is_found(words: list[str], why: str) -> None:
    assert problem(words) == why
