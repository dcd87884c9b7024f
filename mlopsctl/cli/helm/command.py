"""mlopsctl helm values."""

from pathlib import Path

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import json_option, pass_app
from mlopsctl.core.result import Message, Result


@click.group()
def helm() -> None:
    """Take a platform to Kubernetes with Airflow's Helm chart."""


@helm.command()
@click.option(
    "--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Write to FILE instead of stdout.",
)  # fmt: skip
@json_option
@pass_app
def values(app: App, output: Path | None) -> int:
    """Print values for Airflow's official Helm chart.

    With them, it runs on Kubernetes what this platform runs. Comments say what to prepare, with the commands
    that create the Kubernetes secrets. No secret is in the file.
    """
    from mlopsctl.adapters.airflow import helm_chart
    from mlopsctl.adapters.files import write
    from mlopsctl.operations.helm import values as operation

    found = operation.read(app.platform)
    data = {
        "values": found.values,
        "chart": helm_chart.VERSION,
        "secrets": [{"name": name, "command": command} for name, command in found.secrets.items()],
        "packages": list(found.packages),
    }
    if not output:
        return app.render(Result(data), lambda out: out.text(found.text.removesuffix("\n")))
    write(output, found.text, 0o644)
    return app.render(Result(data | {"file": str(output)}, messages=(Message(f"{output} written"),)))
