"""Give a host that has joined what the head has now: the same packages, settings and routes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mlopsctl.adapters import config_file
from mlopsctl.core import settings as settings_file
from mlopsctl.core.paths import TUNNEL, WORKER, Home
from mlopsctl.operations.join.steps import InstallStep, Joining
from mlopsctl.operations.join.storage import StorageStep
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.services import lifecycle
from mlopsctl.operations.workers import host, membership


def update(home: Home, shared: Mapping[str, Any], platform: Callable[[], Platform]) -> Iterator[str]:
    """`shared`: as the head sends it, see operations/workers/shared.py. `platform`: of this host, with the settings
    that it has then. The worker must not run.

    The revision is stored last: if this is killed, it is done again. Raises MlopsctlError.
    """
    joined = membership.updated(membership.load(home), shared)
    settings = settings_file.load(home.config).changed(**membership.shared_settings(joined))
    config_file.save(home.config, settings, installed=True)
    membership.save(home, replace(joined, revision=""))
    install = InstallStep(Joining(home, None, joined.name, None, (), platform))
    if install.todo():
        yield from install.do()
    storage = StorageStep(home, platform)
    if storage.todo():
        yield from storage.do()
    yield "writing airflow.cfg"
    host.configure(home, settings)
    changed = platform()
    lifecycle.start_supervisor(changed)
    if home.tunnel_conf.stat().st_mtime > changed.supervisor.start_time(TUNNEL):
        yield "restarting the tunnel"
        changed.supervisor.stop(TUNNEL)
        changed.supervisor.start(TUNNEL)
    yield "trying the modules to preload"
    changed.before_start(changed, WORKER)  # when the worker starts, this would keep the agent from reporting
    if changed.supervisor.start_time(WORKER):
        yield "stopping the worker, which was started meanwhile"
        changed.supervisor.stop(WORKER)
    membership.save(home, joined)
