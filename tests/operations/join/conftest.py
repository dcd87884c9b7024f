from tests.operations.workers.conftest import _without_system_software, head_client, new_host, platform, worker_host

__all__ = ["_without_system_software", "head_client", "new_host", "platform", "worker_host"]
