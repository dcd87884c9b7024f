from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from mlopsctl.cli import main
from tests.cli.commands import only_object, run
from tests.conftest import Ran, call_cli, screen


def test_help_names_the_environment_variables_once() -> None:
    assert run("work", "--help") == Ran(
        0,
        screen("""
        Usage: mlopsctl work [OPTIONS]

          Run two steps, the second of which may fail.

        Options:
          --asks TEXT
          --fails
          --dry-run    Show the plan and change nothing.
          -y, --yes    Do not ask for confirmation.
          --json       Print one JSON object.
          -h, --help   Show this message and exit.

          Every option has an environment variable, such as MLOPSCTL_WORK_ASKS; see
          docs/environment.md.
        """),
        "",
    )


def test_help_is_up_to_100_columns_wide() -> None:
    lines = run("work", "--help", COLUMNS="200").out.splitlines()
    assert (
        lines[-1] == "  Every option has an environment variable, such as MLOPSCTL_WORK_ASKS; see docs/environment.md."
    )


def test_option_takes_precedence_over_variable_and_default() -> None:
    assert run("leave").code == 0
    assert run("leave", MLOPSCTL_LEAVE_CODE="4").code == 4
    assert run("leave", "--code", "1", MLOPSCTL_LEAVE_CODE="4").code == 1


def test_an_invalid_variable_is_a_usage_error() -> None:
    ran = run("leave", MLOPSCTL_LEAVE_CODE="four")
    assert (ran.code, ran.out) == (2, "")
    assert "'four' is not a valid integer" in ran.err and ran.err.endswith(" leave --help\n")


def test_json_by_option_and_by_variable() -> None:
    assert run("leave").out == ""
    assert only_object(run("leave", "--json")) == only_object(run("leave", MLOPSCTL_LEAVE_JSON="1"))


def test_json_by_variable_applies_to_failures_too() -> None:
    ran = run("boom", "expected", MLOPSCTL_BOOM_JSON="1")
    assert ran.code == 1 and only_object(ran)["errors"][0]["code"] == "disk"


def options_of(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every option below a command: the variable that the contract promises, and the one that click reads."""
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            name = next(word for word in parameter.opts if word.startswith("--"))
            yield "_".join(("mlopsctl", *words, name[2:])).upper().replace("-", "_"), str(parameter.envvar)
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from options_of(below, (*words, name))


@pytest.mark.parametrize("name", main.COMMANDS)
def test_every_option_has_the_variable_of_its_command_and_name(name: str) -> None:
    command = main.cli.get_command(click.Context(main.cli, **main.cli.context_settings), name)
    assert command
    assert [(promised, read) for promised, read in options_of(command, (name,)) if promised != read] == []


@pytest.mark.parametrize("name", main.COMMANDS)
def test_the_help_of_a_group_shows_each_summary_in_full(name: str) -> None:
    ctx = click.Context(main.cli, terminal_width=78, **main.cli.context_settings)
    group = main.cli.get_command(ctx, name)
    if isinstance(group, click.Group):
        shown = group.get_help(click.Context(group, parent=ctx, info_name=name))
        assert [line for line in shown.splitlines() if line.endswith("...") and not line.startswith("Usage")] == []


@pytest.fixture
def worker_host(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text('executor = "celery"\nhead = "10.0.0.1:8443"\n', encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        "setup",
        "backfill etl --from 2024-01-01",
        "backfills list",
        "trigger etl",
        "runs etl",
        "dags list",
        "connection list",
        "user list",
        "link list",
        "seed status",
        "db check",
        "upgrade --airflow-version 3.3.2",
        "adopt .",
        "queues",
        "worker list",
        "worker token",
        "logs etl load",
    ],
)
def test_a_command_of_the_head_is_refused(worker_host: Path, command: str) -> None:
    ran = call_cli("--home", worker_host, *command.split())
    assert (ran.code, ran.out) == (1, "")
    assert "a worker of 10.0.0.1:8443" in ran.err
    assert "--home" not in ran.err  # the head has another one


def test_the_refusal_has_a_code(worker_host: Path) -> None:
    (error,) = only_object(call_cli("--home", worker_host, "user", "list", "--json"))["errors"]
    assert (error["code"], error["hint_command"]) == ("worker-host", None)


@pytest.mark.parametrize("command", ["config show", "config path", "env", "context list", "setup --help"])
def test_a_command_of_the_host_itself_works(worker_host: Path, command: str) -> None:
    assert call_cli("--home", worker_host, *command.split()).code == 0
