import json
from collections.abc import Iterator

import click
import pytest

from mlopsctl.cli import main
from tests.cli.test_main import only_object, run
from tests.conftest import Ran, screen


def test_every_option_shows_its_variable_in_the_help() -> None:
    assert run("work", "--help") == Ran(
        0,
        screen("""
        Usage: mlopsctl work [OPTIONS]

          Two steps, the second of which may fail.

        Options:
          --asks TEXT
          --fails
          --dry-run    Show the plan and touch nothing.  [env var:
                       MLOPSCTL_WORK_DRY_RUN]
          -y, --yes    Do not ask.  [env var: MLOPSCTL_WORK_YES]
          --json       One JSON object on stdout.  [env var: MLOPSCTL_WORK_JSON]
          -h, --help   Show this message and exit.
        """),
        "",
    )


def test_an_option_beats_its_variable_which_beats_the_default() -> None:
    assert run("leave").code == 0
    assert run("leave", MLOPSCTL_LEAVE_CODE="4").code == 4
    assert run("leave", "--code", "1", MLOPSCTL_LEAVE_CODE="4").code == 1


def test_a_variable_with_a_wrong_value_is_wrong_usage() -> None:
    ran = run("leave", MLOPSCTL_LEAVE_CODE="four")
    assert (ran.code, ran.out) == (2, "")
    assert "'four' is not a valid integer" in ran.err and ran.err.endswith("hint: mlopsctl leave --help\n")


def test_json_by_option_and_by_variable() -> None:
    assert run("leave").out == ""
    assert only_object(run("leave", "--json")) == only_object(run("leave", MLOPSCTL_LEAVE_JSON="1"))


def test_json_by_variable_holds_for_failures_too() -> None:
    ran = run("boom", "foreseen", MLOPSCTL_BOOM_JSON="1")
    assert ran.code == 1 and json.loads(ran.out)["errors"][0]["code"] == "disk"


def options_of(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every option below a command: the variable that the contract promises for it, and the one that it reads."""
    prefix = "_".join(("MLOPSCTL", *words)).upper()
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.show_envvar:
            name = next(word for word in parameter.opts if word.startswith("--"))
            own = f"{prefix}_{parameter.name}".upper()
            yield f"{prefix}_{name[2:]}".upper().replace("-", "_"), str(parameter.envvar or own)
        elif isinstance(parameter, click.Option):
            yield f"{prefix} {parameter.name}", "does not show its variable"
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from options_of(below, (*words, name))


@pytest.mark.parametrize("name", main.COMMANDS)
def test_every_option_shows_the_variable_that_it_has(name: str) -> None:
    command = main.cli.get_command(click.Context(main.cli), name)
    assert command
    wrong = [(promised, read) for promised, read in options_of(command, (name,)) if promised != read]
    assert wrong == []
