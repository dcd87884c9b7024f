"""The services of a platform with workers that are mlopsctl itself: supervisord runs these commands."""

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.options import pass_app

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlopsctl.operations.platform import Platform

KEPT_OPEN = 60  # seconds for which a connection waits for the next report


@click.command(hidden=True)
@pass_app
def serve(app: App) -> int:
    """Serve the API of the head for worker hosts, until it is stopped."""
    import uvicorn

    from mlopsctl.core import settings
    from mlopsctl.operations.workers import joining
    from mlopsctl.operations.workers.head_api import HeadApi
    from mlopsctl.operations.workers.shared import Shared

    def platform() -> "Platform":  # setup does not restart this service if config.toml changes
        return app.platform_with(settings.load(app.home.config))

    api = HeadApi(app.home, lambda content: joining.join(platform(), content), Shared(platform).read)
    # The address of the other side decides what it may do: no header may replace it.
    uvicorn.run(
        api.app(),
        host="127.0.0.1",
        port=app.settings.worker_api_port,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEPT_OPEN,
    )
    return 0


@click.command(hidden=True)
@pass_app
def agent(app: App) -> int:
    """Report to the head, and do what it says, until it is stopped."""
    import signal

    from mlopsctl.core import settings
    from mlopsctl.operations.join import follow
    from mlopsctl.operations.workers import host
    from mlopsctl.operations.workers.agent import Agent

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    def platform() -> "Platform":
        return app.platform_with(settings.load(app.home.config))

    def update(shared: "Mapping[str, Any]") -> "Iterator[str]":
        return follow.update(app.home, shared, platform)

    Agent(app.platform, host.client(app.home), _say, update=update).run()
    return 0  # supervisord starts it again, with the settings that it has now


def _say(line: str) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}", file=sys.stderr, flush=True)  # noqa: T201
