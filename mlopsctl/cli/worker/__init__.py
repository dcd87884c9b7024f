"""mlopsctl worker, mlopsctl queues."""
