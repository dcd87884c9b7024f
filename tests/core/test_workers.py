"""What is known of worker hosts."""

import pytest

from mlopsctl.core.errors import UsageError
from mlopsctl.core.workers import HEAD_QUEUE, check_queues


def test_no_worker_host_takes_tasks_that_need_files_of_the_head() -> None:
    check_queues(["default", "gpu"])
    with pytest.raises(UsageError, match="the queue head is for tasks"):
        check_queues(["gpu", HEAD_QUEUE])
