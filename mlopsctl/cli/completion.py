"""mlopsctl completion bash|zsh|fish."""

import sys

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.completion import VARIABLE
from mlopsctl.cli._common.options import pass_app

INSTALL = {
    "bash": """add to ~/.bashrc:  eval "$(mlopsctl completion bash)\"""",
    "zsh": """add to ~/.zshrc, after compinit:  eval "$(mlopsctl completion zsh)\"""",
    "fish": "to install:  mlopsctl completion fish > ~/.config/fish/completions/mlopsctl.fish",
}


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@pass_app
@click.pass_context
def completion(ctx: click.Context, app: App, shell: str) -> None:
    """Print a completion script for your shell.

    It completes commands, options, services and DAG ids.

    \b
    bash:  eval "$(mlopsctl completion bash)"   in ~/.bashrc
    zsh:   eval "$(mlopsctl completion zsh)"    in ~/.zshrc, after compinit
    fish:  mlopsctl completion fish > ~/.config/fish/completions/mlopsctl.fish
    """
    from click.shell_completion import get_completion_class

    generator = get_completion_class(shell)
    assert generator  # noqa: S101  # click supports these three
    if sys.stdout.isatty():
        app.out.say(INSTALL[shell])
    source = generator(ctx.find_root().command, {}, "mlopsctl", VARIABLE).source()
    # In fish, click's script ends a description at its first comma.
    app.out.text(source.replace('string split ","', 'string split --max 1 ","'))
