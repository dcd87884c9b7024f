"""mlopsctl queues."""

from dataclasses import asdict

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import json_option, pass_app
from mlopsctl.core.result import Result
from mlopsctl.core.text import duration


@click.command()
@json_option
@pass_app
def queues(app: App) -> int:
    """Show the queues of tasks, and which workers take from them."""
    from mlopsctl.operations.workers import head, listing

    head.check(app.platform)
    found = listing.queues(app.platform)
    rows = [
        (q.name, q.workers, q.slots, q.waiting, duration(q.oldest_seconds) if q.oldest_seconds else "") for q in found
    ]
    header = ("QUEUE", "WORKERS", "SLOTS", "WAITING", "OLDEST")
    return app.render(Result({"queues": [asdict(q) for q in found]}), lambda out: out.table(header, rows))
